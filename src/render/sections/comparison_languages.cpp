#include <string>
#include <utility>
#include <vector>

#include "render/sections/comparison.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"

namespace tt::report {
namespace {

/// "2: en, de"; the first few of many.
Inline some_of(const std::vector<std::string>& languages) {
  constexpr std::size_t kShown = 8;
  if (languages.empty()) return "none";
  std::vector<Inline> names;
  for (std::size_t i = 0; i < languages.size() && i < kShown; ++i) names.push_back(name(languages[i]));
  return concat(languages.size(), ": ") + joined(names, ", ") +
         (languages.size() > kShown ? concat(" and ", languages.size() - kShown, " more") : "");
}

std::string mean_of(const std::optional<SeedFigures>& figures) { return figures ? accuracy_of(*figures) : "–"; }

const char* words_of(LanguageGroup group) {
  return group == LanguageGroup::zero_shot ? "zero-shot in one or both" : "trained on by both";
}

}  // namespace

Table language_means_table(const ComparisonReport& report) {
  Table table{"Accuracy, means over languages",
              {{"Arm", Align::left},
               {"Trained on", Align::left},
               {"All languages"},
               {"Trained on"},
               {"Zero-shot"},
               {"Not trained on", Align::left}},
              {}};
  for (const ArmReport& arm : report.arms) {
    if (!arm.languages) continue;
    table.rows.push_back({name(arm.name), some_of(arm.languages->trained_on), accuracy_of(arm.languages->mean),
                          mean_of(arm.languages->trained), mean_of(arm.languages->zero_shot),
                          some_of(arm.languages->not_trained_on)});
  }
  return table;
}

Table language_pairs_table(const ComparisonReport& report) {
  Table table{"Every pair of arms by languages",
              {{"a", Align::left},
               {"b", Align::left},
               {"Languages", Align::left},
               {"", Align::left},
               {"Texts"},
               {"a - b, points"},
               {"95% interval"},
               {"p (McNemar)"},
               {"p (Holm)"},
               {"Outcome", Align::left}},
              {}};
  for (const LanguagePairReport& languages : report.language_pairs) {
    const PairReport& pair = languages.pair;
    table.rows.push_back({name(pair.a), name(pair.b), words_of(languages.group), some_of(languages.languages),
                          grouped(languages.texts), fixed(100 * pair.difference, 1), points_interval(pair.ci95),
                          p_cell(pair.p_mcnemar), p_cell(pair.p_holm), outcome_words(pair)});
  }
  return table;
}

Blocks comparison_languages_section(const ComparisonReport& report) {
  Blocks out;
  Table means = language_means_table(report);
  if (means.rows.empty()) return out;
  out.add(std::move(means));
  if (Table pairs = language_pairs_table(report); !pairs.rows.empty()) {
    out.add(std::move(pairs));
    out.paragraph(
        "Each language counts the same. Zero-shot: without labelled training texts of it. Tested as the arms are on "
        "all texts, with Holm's correction over the rows of this table; texts are resampled within their languages.");
  }
  return out;
}

}  // namespace tt::report
