#include "render/html/sections/sections.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"

namespace tt::report::html {
namespace {

void add_file(std::vector<std::vector<Html>>& rows, const char* role, const std::optional<FileReport>& file) {
  if (!file) return;
  rows.push_back({role, isolated(file->path), grouped(file->examples), grouped(file->used), grouped(file->truncated),
                  grouped(file->out_of_scope)});
}

}  // namespace

Html data_section(const DataReport& data) {
  std::vector<std::vector<Html>> rows;
  add_file(rows, "training", data.train);
  add_file(rows, "validation", data.validation);
  add_file(rows, "test", data.test);
  Html out =
      paragraph(concat(counted(static_cast<std::int64_t>(data.labels.size()), "intent", "intents"), ", ",
                       counted(data.train_examples, "training text", "training texts"),
                       data.shots ? concat(" (", *data.shots, " kept per intent)") : "", ". ", data.validation_reason));
  if (!rows.empty()) {
    out +=
        table("Files; their hashes stand under how to reproduce",
              {{"", false}, {"File", false}, {"Texts"}, {"Used"}, {"Cut to the length limit"}, {"Out of scope"}}, rows);
  }
  std::vector<Html> warnings(data.warnings.begin(), data.warnings.end());
  if (!warnings.empty()) out += element("h3", "Warnings about the data") + list(warnings);
  return out;
}

}  // namespace tt::report::html
