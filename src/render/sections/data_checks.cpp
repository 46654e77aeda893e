#include <filesystem>

#include "render/sections/sections.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/evaluation/label_errors.hpp"
#include "transfer_tune/record/format.hpp"

namespace tt::report {
namespace {

/// Where fewer labels changed at random would be found, it says little that none was.
constexpr double kTellingRecall = 0.5;

std::string checked(const DataChecksReport& report) {
  return concat(counted(report.checked_labels, "training text", "training texts"), " of ",
                counted(report.checked_intents, "intent", "intents"));
}

/// What the list would not show.
std::string reach(const DataChecksReport& report) {
  return concat(" Of labels changed to another intent at random, about ", percent(report.label_errors_recall),
                report.label_errors_found > 0 ? " would be listed; " : " would have been found; ",
                report.similar_intents_told
                    ? "of those mistaken for a similar intent, fewer."
                    : concat("one mistaken for a similar intent cannot be told from a hard text with fewer than ",
                             evaluation::kFewestToTellSimilar, " texts an intent."));
}

/// How many labels are probably wrong and how sure that is, or that none is, or that there are too few texts to tell;
/// empty: no labels were looked at.
std::string label_error_words(const DataChecksReport& report) {
  if (report.checked_labels == 0) return "";
  if (report.label_errors_found > 0) {
    return concat(counted(report.label_errors_found, "label", "labels"), " of ", checked(report), "; by estimate ",
                  percent(report.label_errors_precision),
                  report.label_errors_found > 1 ? " of them are wrong" : " likely to be wrong",
                  ". They follow from the answers of a linear probe that had not seen the text, calibrated, and from "
                  "how often labels contradict it at all.",
                  reach(report));
  }
  if (report.label_errors_recall < kTellingRecall) {
    return concat("Too few texts to tell which labels are wrong: ", checked(report), ".", reach(report));
  }
  return concat("No label of ", checked(report), " stands out as wrong.", reach(report));
}

/// "train.csv:17".
Inline place_of(const std::string& file, std::int64_t line) {
  return name(concat(std::filesystem::path(file).filename().string(), ":", line));
}

/// A table under its heading and a sentence, with a word where the list is cut.
void add_findings(Blocks& out, const char* title, const std::string& sentence, std::vector<Column> columns, Rows rows,
                  std::int64_t found) {
  const std::size_t shown = rows.size();
  out.heading(3, title);
  out.paragraph(sentence);
  if (rows.empty()) return;
  out.table(title, std::move(columns), std::move(rows));
  if (static_cast<std::int64_t>(shown) < found) {
    out.paragraph(concat("The first ", shown, " of ", grouped(found), " are shown; suspects.jsonl has all of them."),
                  Paragraph::Role::note);
  }
}

void add_label_errors(Blocks& out, const DataChecksReport& checks) {
  const std::string words = label_error_words(checks);
  if (words.empty()) return;
  Rows rows;
  for (const LabelErrorReport& each : checks.label_errors) {
    rows.push_back({quotation(each.text), name(each.label), percent(each.label_probability), name(each.suggestion),
                    percent(each.suggestion_probability), percent(each.score), place_of(each.file, each.line)});
  }
  add_findings(out, "Labels that are probably wrong", words,
               {{"Text", Align::left},
                {"Label", Align::left},
                {"Probability"},
                {"Perhaps", Align::left},
                {"Probability"},
                {"Wrong"},
                {"Place", Align::left}},
               rows, checks.label_errors_found);
}

void add_conflicts(Blocks& out, const DataChecksReport& checks) {
  if (checks.conflicts.empty()) return;
  Rows rows;
  for (const ConflictReport& each : checks.conflicts) {
    std::vector<Inline> places;
    for (const TextPlace& at : each.places) {
      places.push_back(name(at.label) + concat(" (", at.part, ", ") + place_of(at.file, at.line) + ")");
    }
    rows.push_back({quotation(each.text), stacked(places)});
  }
  add_findings(out, "Equal texts with different labels",
               concat(counted(checks.conflicts_found, "text", "texts"), ", apart from case and punctuation."),
               {{"Text", Align::left}, {"Labels", Align::left}}, rows, checks.conflicts_found);
}

void add_indistinct(Blocks& out, const DataChecksReport& checks) {
  if (checks.indistinct.empty()) return;
  Rows rows;
  for (const IndistinctReport& each : checks.indistinct) {
    rows.push_back({name(each.label), percent(each.label_as_other), quotations(each.texts), name(each.other),
                    percent(each.other_as_label), quotations(each.other_texts)});
  }
  add_findings(out, "Intents taken for each other",
               concat(counted(checks.indistinct_found, "pair", "pairs"),
                      " of which 5% or more of either's training texts are answered with the other."),
               {{"Intent", Align::left},
                {"as the other"},
                {"Such as", Align::left},
                {"Other intent", Align::left},
                {"as the first"},
                {"Such as", Align::left}},
               rows, checks.indistinct_found);
}

void add_few_texts(Blocks& out, const DataChecksReport& checks) {
  if (checks.few_texts.empty()) return;
  Rows rows;
  for (const FewTextsReport& each : checks.few_texts) rows.push_back({name(each.label), grouped(each.texts)});
  add_findings(out, "Intents with too few texts",
               concat(counted(checks.few_texts_found, "intent", "intents"), " with fewer than ",
                      counted(checks.few_texts_limit, "training text", "training texts"), "."),
               {{"Intent", Align::left}, {"Texts"}}, rows, checks.few_texts_found);
}

void add_uniform(Blocks& out, const DataChecksReport& checks) {
  if (checks.uniform.empty()) return;
  Rows rows;
  for (const UniformReport& each : checks.uniform) {
    rows.push_back({name(each.label), grouped(each.texts), fixed(each.similarity, 3), quotations(each.examples)});
  }
  add_findings(
      out, "Intents with too uniform texts",
      concat(counted(checks.uniform_found, "intent", "intents"), " whose training texts have a mean cosine above ",
             fixed(checks.uniform_limit, 3), " (three deviations above the usual ", fixed(checks.typical_similarity, 3),
             "): other wordings may not be recognised."),
      {{"Intent", Align::left}, {"Texts"}, {"Mean cosine"}, {"Such as", Align::left}}, rows, checks.uniform_found);
}

void add_unlike(Blocks& out, const DataChecksReport& checks) {
  if (checks.unlike.empty()) return;
  Rows rows;
  for (const UnlikeReport& each : checks.unlike) {
    rows.push_back({quotation(each.text), name(each.label), fixed(each.distance, 3), quotation(each.nearest),
                    name(each.nearest_label), place_of(each.file, each.line)});
  }
  add_findings(
      out, "Test texts unlike the training texts",
      concat(counted(checks.unlike_found, "test text", "test texts"), " farther than ", fixed(checks.unlike_limit, 3),
             " from the nearest training text, as 1% of the training texts are from each other (typical: ",
             fixed(checks.typical_distance, 3), "); ", grouped(checks.unlike_expected),
             " would be expected of texts of the same kind."),
      {{"Text", Align::left},
       {"Label", Align::left},
       {"Distance"},
       {"Nearest training text", Align::left},
       {"Its label", Align::left},
       {"Place", Align::left}},
      rows, checks.unlike_found);
}

}  // namespace

Blocks data_checks_section(const DataChecksReport& checks) {
  Blocks out;
  if (!checks.left_out.empty()) out.paragraph(checks.left_out);
  const std::int64_t found = checks.label_errors_found + checks.conflicts_found + checks.indistinct_found +
                             checks.few_texts_found + checks.uniform_found + checks.unlike_found;
  if (found == 0) {
    const std::string words = label_error_words(checks);
    if (!words.empty()) out.paragraph(words);
    out.paragraph(words.empty() ? "Nothing was found." : "Nothing else was found.");
    return out;
  }
  out.paragraph("Suspects, the worst first, to be looked at by a person; suspects.jsonl has all of them.");
  add_label_errors(out, checks);
  add_conflicts(out, checks);
  add_indistinct(out, checks);
  add_few_texts(out, checks);
  add_uniform(out, checks);
  add_unlike(out, checks);
  return out;
}

}  // namespace tt::report
