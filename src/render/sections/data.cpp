#include "render/result_words.hpp"
#include "render/sections/sections.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"

namespace tt::report {
namespace {

constexpr std::size_t kHashDigits = 12;

std::string choice_of_settings(const DataReport& data) {
  switch (data.validation_strategy) {
    case Validation::given:
    case Validation::split:
      return concat("Settings were chosen on ", validation_texts(data), ".");
    case Validation::cross_validation:
      return concat("Settings were chosen by ", data.folds, "-fold cross-validation of the training texts.");
    case Validation::defaults:
      break;
  }
  return "Settings are the configured ones; nothing was chosen on held-out texts.";
}

std::vector<Inline> warnings(const DataReport& data) {
  std::vector<Inline> items(data.warnings.begin(), data.warnings.end());
  for (const auto& [role, file] : files_of(data)) {
    if (file->truncated > 0) {
      items.push_back(concat(counted(file->truncated, "text was", "texts were"), " cut to the length limit in ") +
                      name(file->path) + ".");
    }
  }
  return items;
}

}  // namespace

Blocks data_section(const DataReport& data) {
  Blocks out;
  out.paragraph(concat(counted(static_cast<std::int64_t>(data.labels.size()), "label", "labels"), ", ",
                       counted(data.train_examples, "training text", "training texts"),
                       data.shots ? concat(" (", *data.shots, " kept per label)") : "", ". ",
                       data.validation_reason.empty() ? choice_of_settings(data) : data.validation_reason));
  if (data.weights) {
    const TextWeightsReport& weights = *data.weights;
    out.paragraph("Training texts count by the column " + name(weights.column) +
                  concat(": ", shortest(weights.sum), " in all",
                         weights.left_out > 0
                             ? concat("; ", counted(weights.left_out, "text of weight 0 is", "texts of weight 0 are"),
                                      " left out")
                             : "",
                         "."));
  }
  Rows rows;
  for (const auto& [role, file] : files_of(data)) {
    rows.push_back({role, name(file->path), grouped(file->examples), grouped(file->used), grouped(file->truncated),
                    grouped(file->out_of_scope), file->sha256.substr(0, kHashDigits)});
  }
  if (!rows.empty()) {
    out.table("Files",
              {{"", Align::left},
               {"File", Align::left},
               {"Texts"},
               {"Used"},
               {"Cut"},
               {"Out of scope"},
               {"SHA-256 (start)", Align::left}},
              rows);
  }
  if (data.languages) out.add(language_counts(*data.languages));
  out.list(warnings(data));
  return out;
}

}  // namespace tt::report
