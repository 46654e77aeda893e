#include <filesystem>

#include "render/data_check_words.hpp"
#include "render/html/sections/sections.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"

namespace tt::report::html {
namespace {

/// "train.csv:17".
std::string place(const std::string& file, std::int64_t line) {
  return concat(std::filesystem::path(file).filename().string(), ":", line);
}

/// "20 of 112 found are shown." where a list is cut.
Html cut_note(std::size_t shown, std::int64_t found) {
  if (static_cast<std::int64_t>(shown) >= found) return {};
  return note(concat("The first ", shown, " of ", grouped(found),
                     " are shown; suspects.jsonl holds those with a place in "
                     "a file."));
}

Html heading(const std::string& title, std::int64_t found) {
  return element("h3", concat(title, " (", grouped(found), ")"));
}

Html label_errors(const DataChecksReport& checks) {
  const std::string words = label_error_words(checks);
  if (words.empty()) return {};
  const Html head = heading("Labels that are probably wrong", checks.label_errors_found) + paragraph(words);
  if (checks.label_errors.empty()) return head;
  std::vector<std::vector<Html>> rows;
  for (const LabelErrorReport& each : checks.label_errors) {
    rows.push_back({quotation(each.text), isolated(each.label), percent(each.label_probability),
                    isolated(each.suggestion), percent(each.suggestion_probability), percent(each.score),
                    isolated(place(each.file, each.line))});
  }
  return head +
         table("Labels that are probably wrong, the most probable first",
               {{"Text", false},
                {"Label given", false},
                {"Probability"},
                {"More probable", false},
                {"Probability"},
                {"Label wrong"},
                {"Place", false}},
               rows) +
         cut_note(rows.size(), checks.label_errors_found);
}

Html conflicts(const DataChecksReport& checks) {
  if (checks.conflicts.empty()) return {};
  std::vector<std::vector<Html>> rows;
  for (const ConflictReport& each : checks.conflicts) {
    std::vector<Html> places;
    for (const TextPlace& at : each.places) {
      places.push_back(isolated(at.label) + " in " + isolated(place(at.file, at.line)));
    }
    rows.push_back({quotation(each.text), joined(places, "; ")});
  }
  return heading("The same text with different labels", checks.conflicts_found) +
         table("Conflicting duplicates", {{"Text", false}, {"Labels", false}}, rows) +
         cut_note(rows.size(), checks.conflicts_found);
}

Html indistinct(const DataChecksReport& checks) {
  if (checks.indistinct.empty()) return {};
  std::vector<std::vector<Html>> rows;
  for (const IndistinctReport& each : checks.indistinct) {
    rows.push_back({isolated(each.label), isolated(each.other), percent(each.label_as_other),
                    percent(each.other_as_label), quotations(each.texts), quotations(each.other_texts)});
  }
  return heading("Intents that can hardly be told apart", checks.indistinct_found) +
         table("Pairs of intents that are taken for each other both ways, on training texts",
               {{"Intent", false},
                {"Other intent", false},
                {"Taken for the other"},
                {"The other way"},
                {"Texts of the first", false},
                {"Texts of the other", false}},
               rows) +
         cut_note(rows.size(), checks.indistinct_found);
}

Html few_texts(const DataChecksReport& checks) {
  if (checks.few_texts.empty()) return {};
  std::vector<std::vector<Html>> rows;
  for (const FewTextsReport& each : checks.few_texts) rows.push_back({isolated(each.label), grouped(each.texts)});
  return heading("Intents with few texts", checks.few_texts_found) +
         table(concat("Intents with fewer than ", checks.few_texts_limit, " training texts"),
               {{"Intent", false}, {"Training texts"}}, rows) +
         cut_note(rows.size(), checks.few_texts_found);
}

Html uniform(const DataChecksReport& checks) {
  if (checks.uniform.empty()) return {};
  std::vector<std::vector<Html>> rows;
  for (const UniformReport& each : checks.uniform) {
    rows.push_back({isolated(each.label), fixed(each.similarity, 3), grouped(each.texts), quotations(each.examples)});
  }
  return heading("Intents whose texts are all alike", checks.uniform_found) +
         table(concat("Mean cosine between two texts of an intent; typical: ", fixed(checks.typical_similarity, 3),
                      ", listed above ", fixed(checks.uniform_limit, 3)),
               {{"Intent", false}, {"Similarity"}, {"Texts"}, {"Examples", false}}, rows) +
         cut_note(rows.size(), checks.uniform_found);
}

Html unlike(const DataChecksReport& checks) {
  if (checks.unlike.empty()) return {};
  std::vector<std::vector<Html>> rows;
  for (const UnlikeReport& each : checks.unlike) {
    rows.push_back({quotation(each.text), isolated(each.label), fixed(each.distance, 3), quotation(each.nearest),
                    isolated(each.nearest_label), isolated(place(each.file, each.line))});
  }
  return heading("Test texts unlike the training texts", checks.unlike_found) +
         paragraph(concat("Farther than ", fixed(checks.unlike_limit, 3),
                          " from every training text (typical: ", fixed(checks.typical_distance, 3), "). About ",
                          grouped(checks.unlike_expected), " would be found by chance.")) +
         table("Test texts unlike the training texts",
               {{"Text", false},
                {"Intent", false},
                {"Distance"},
                {"Nearest training text", false},
                {"Its intent", false},
                {"Place", false}},
               rows) +
         cut_note(rows.size(), checks.unlike_found);
}

}  // namespace

Html data_checks_section(const DataChecksReport& checks) {
  Html out = label_errors(checks) + conflicts(checks) + indistinct(checks) + few_texts(checks) + uniform(checks) +
             unlike(checks);
  if (out.empty()) out = paragraph("Nothing suspicious was found.");
  return checks.left_out.empty() ? out : out + note(checks.left_out);
}

}  // namespace tt::report::html
