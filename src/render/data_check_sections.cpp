#include "render/data_check_sections.hpp"

#include <filesystem>
#include <string>
#include <vector>

#include "render/data_check_words.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"

namespace tt::report {
namespace {

constexpr std::size_t kTextLimit = 160;

Inline quotation(std::string_view text) { return "“" + excerpt(text, kTextLimit) + "”"; }

Inline quotations(const std::vector<std::string>& texts) {
  std::vector<Inline> lines;
  lines.reserve(texts.size());
  for (const std::string& text : texts) lines.push_back(quotation(text));
  return stacked(lines);
}

/// "train.csv:17".
std::string place_of(const std::string& file, std::int64_t line) {
  return concat(std::filesystem::path(file).filename().string(), ":", line);
}

/// " The first 20:" where a list is cut.
std::string listed(std::int64_t found, std::size_t shown) {
  return static_cast<std::size_t>(found) > shown ? concat(" The first ", shown, ":") : "";
}

void add_label_errors(Markdown& out, const DataChecksReport& report) {
  const std::string words = label_error_words(report);
  if (words.empty()) return;
  out.heading(3, "Labels that are probably wrong");
  out.paragraph(words + listed(report.label_errors_found, report.label_errors.size()));
  if (report.label_errors.empty()) return;
  std::vector<std::vector<Inline>> rows;
  rows.reserve(report.label_errors.size());
  for (const LabelErrorReport& error : report.label_errors) {
    rows.push_back({quotation(error.text), error.label, percent(error.label_probability), error.suggestion,
                    percent(error.suggestion_probability), percent(error.score), place_of(error.file, error.line)});
  }
  out.table({{"Text", Align::left},
             {"Label", Align::left},
             {"Probability"},
             {"Perhaps", Align::left},
             {"Probability"},
             {"Wrong"},
             {"Place", Align::left}},
            rows);
}

void add_conflicts(Markdown& out, const DataChecksReport& report) {
  if (report.conflicts.empty()) return;
  out.heading(3, "Equal texts with different labels");
  out.paragraph(concat(counted(report.conflicts_found, "text", "texts"), ", apart from case and punctuation.",
                       listed(report.conflicts_found, report.conflicts.size())));
  std::vector<std::vector<Inline>> rows;
  for (const ConflictReport& conflict : report.conflicts) {
    std::vector<Inline> places;
    for (const TextPlace& place : conflict.places) {
      places.emplace_back(concat(place.label, " (", place.part, ", ", place_of(place.file, place.line), ")"));
    }
    rows.push_back({quotation(conflict.text), stacked(places)});
  }
  out.table({{"Text", Align::left}, {"Labels", Align::left}}, rows);
}

void add_indistinct(Markdown& out, const DataChecksReport& report) {
  if (report.indistinct.empty()) return;
  out.heading(3, "Intents taken for each other");
  out.paragraph(concat(counted(report.indistinct_found, "pair", "pairs"),
                       " of which 5% or more of either's training texts are answered with the other.",
                       listed(report.indistinct_found, report.indistinct.size())));
  std::vector<std::vector<Inline>> rows;
  for (const IndistinctReport& pair : report.indistinct) {
    rows.push_back({pair.label, percent(pair.label_as_other), quotations(pair.texts), pair.other,
                    percent(pair.other_as_label), quotations(pair.other_texts)});
  }
  out.table({{"Intent", Align::left},
             {"as the other"},
             {"Such as", Align::left},
             {"Other intent", Align::left},
             {"as the first"},
             {"Such as", Align::left}},
            rows);
}

void add_few_texts(Markdown& out, const DataChecksReport& report) {
  if (report.few_texts.empty()) return;
  out.heading(3, "Intents with too few texts");
  out.paragraph(concat(counted(report.few_texts_found, "intent", "intents"), " with fewer than ",
                       counted(report.few_texts_limit, "training text", "training texts"), ".",
                       listed(report.few_texts_found, report.few_texts.size())));
  std::vector<std::vector<Inline>> rows;
  rows.reserve(report.few_texts.size());
  for (const FewTextsReport& few : report.few_texts) rows.push_back({few.label, grouped(few.texts)});
  out.table({{"Intent", Align::left}, {"Texts"}}, rows);
}

void add_uniform(Markdown& out, const DataChecksReport& report) {
  if (report.uniform.empty()) return;
  out.heading(3, "Intents with too uniform texts");
  out.paragraph(
      concat(counted(report.uniform_found, "intent", "intents"), " whose training texts have a mean cosine above ",
             fixed(report.uniform_limit, 3), " (three deviations above the usual ", fixed(report.typical_similarity, 3),
             "): other wordings may not be recognised.", listed(report.uniform_found, report.uniform.size())));
  std::vector<std::vector<Inline>> rows;
  for (const UniformReport& uniform : report.uniform) {
    rows.push_back({uniform.label, grouped(uniform.texts), fixed(uniform.similarity, 3), quotations(uniform.examples)});
  }
  out.table({{"Intent", Align::left}, {"Texts"}, {"Mean cosine"}, {"Such as", Align::left}}, rows);
}

void add_unlike(Markdown& out, const DataChecksReport& report) {
  if (report.unlike.empty()) return;
  out.heading(3, "Test texts unlike the training texts");
  out.paragraph(concat(counted(report.unlike_found, "test text", "test texts"), " farther than ",
                       fixed(report.unlike_limit, 3),
                       " from the nearest training text, as 1% of the training texts are from each other; ",
                       grouped(report.unlike_expected), " would be expected of texts of the same kind.",
                       listed(report.unlike_found, report.unlike.size())));
  std::vector<std::vector<Inline>> rows;
  for (const UnlikeReport& unlike : report.unlike) {
    rows.push_back({quotation(unlike.text), unlike.label, fixed(unlike.distance, 3), quotation(unlike.nearest),
                    unlike.nearest_label, place_of(unlike.file, unlike.line)});
  }
  out.table({{"Text", Align::left},
             {"Label", Align::left},
             {"Distance"},
             {"Nearest training text", Align::left},
             {"Its label", Align::left},
             {"Place", Align::left}},
            rows);
}

}  // namespace

void add_data_checks(Markdown& out, const DataChecksReport& report) {
  out.heading(2, "What looks wrong with the data");
  const std::int64_t found = report.label_errors_found + report.conflicts_found + report.indistinct_found +
                             report.few_texts_found + report.uniform_found + report.unlike_found;
  if (!report.left_out.empty()) out.paragraph(report.left_out);
  if (found == 0) {
    const std::string words = label_error_words(report);
    if (!words.empty()) out.paragraph(words);
    out.paragraph(words.empty() ? "Nothing was found." : "Nothing else was found.");
    return;
  }
  out.paragraph("Suspects, the worst first, to be looked at by a person; suspects.jsonl has all of them.");
  add_label_errors(out, report);
  add_conflicts(out, report);
  add_indistinct(out, report);
  add_few_texts(out, report);
  add_uniform(out, report);
  add_unlike(out, report);
}

}  // namespace tt::report
