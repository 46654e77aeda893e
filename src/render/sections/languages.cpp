#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "render/sections/sections.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"

namespace tt::report {
namespace {

constexpr std::size_t kShownLanguages = 50;
constexpr std::size_t kDrawnLanguages = 30;

/// Lowest accuracy first.
std::vector<LanguageReport> weakest_first(std::vector<LanguageReport> languages) {
  std::ranges::stable_sort(languages, {}, &LanguageReport::accuracy);
  return languages;
}

template <class List>
List first(List list, std::size_t most) {
  list.resize(std::min(list.size(), most));
  return list;
}

void add_left_out(Blocks& out, std::size_t all, std::size_t shown) {
  if (all <= shown) return;
  out.paragraph(concat(all - shown, " more languages are in the JSON report."), Paragraph::Role::note);
}

std::string texts_or_unknown(const std::optional<std::int64_t>& texts) { return texts ? grouped(*texts) : "–"; }

std::vector<Cell> row_of(const std::string& what, const LanguageMeanReport& mean) {
  return {what,
          percent(mean.accuracy),
          interval_words(mean.accuracy_ci95),
          fixed(mean.macro_f1, 3),
          grouped(mean.languages),
          grouped(mean.texts)};
}

void add_means(Blocks& out, const LanguagesReport& report) {
  Rows rows{row_of("all languages", report.mean)};
  if (report.trained) rows.push_back(row_of("in training", *report.trained));
  if (report.zero_shot) rows.push_back(row_of("not in training (zero-shot)", *report.zero_shot));
  out.table("Means over languages, each counting the same",
            {{"Mean over", Align::left}, {"Accuracy"}, {"95% interval"}, {"Macro F1"}, {"Languages"}, {"Texts"}}, rows);
}

void add_chart(Blocks& out, const std::vector<LanguageReport>& languages) {
  RowChart chart;
  chart.x_style = NumberStyle::percent;
  chart.x_range = Range{0, 1};
  bool any_unseen = false;
  bool any_seen = false;
  for (const LanguageReport& language : first(languages, kDrawnLanguages)) {
    const bool unseen = language.trained_texts == 0;
    any_unseen = any_unseen || unseen;
    any_seen = any_seen || !unseen;
    chart.rows.push_back({.label = language.language,
                          .value = language.accuracy,
                          .interval = language.accuracy_ci95,
                          .text = percent(language.accuracy),
                          .is_muted = unseen});
  }
  if (!any_seen) std::ranges::for_each(chart.rows, [](ChartRow& row) { row.is_muted = false; });
  chart.description = {"Accuracy by language", "The table below holds the figures."};
  out.figure(chart,
             concat("Share of each language's texts answered right, the lowest first; thin lines: 95% intervals.",
                    any_unseen && any_seen ? " Grey: languages without training texts." : ""));
}

Table table_of(const std::string& column, const std::vector<LanguageReport>& languages) {
  const auto has = [&](const auto& is) { return std::ranges::any_of(languages, is); };
  const bool has_trained = has([](const LanguageReport& each) { return each.trained_texts.has_value(); });
  const bool has_pool = has([](const LanguageReport& each) { return each.unlabelled_texts.value_or(0) > 0; });
  const bool has_kept = has([](const LanguageReport& each) { return !std::isnan(each.kept); });
  const bool has_sets = has([](const LanguageReport& each) { return each.micro_f1 != each.accuracy; });
  Table table{"Figures by language, lowest accuracy first",
              {{name(column), Align::left}, {has_sets ? "Exact answers" : "Accuracy"}, {"95% interval"}},
              {}};
  if (has_sets) table.columns.push_back({"Micro F1"});
  table.columns.insert(table.columns.end(),
                       {{"Macro F1"}, {"Calibration error"}, {"To the others"}, {"p (Holm)"}, {"Texts"}});
  if (has_kept) table.columns.push_back({"Kept"});
  if (has_trained) table.columns.push_back({"Trained on"});
  if (has_pool) table.columns.push_back({"Unlabelled"});
  for (const LanguageReport& language : first(languages, kShownLanguages)) {
    std::vector<Cell>& row = table.rows.emplace_back();
    row = {language.weak ? name(language.language) + " " + strong("weak") : name(language.language),
           percent(language.accuracy), interval_words(language.accuracy_ci95)};
    if (has_sets) row.emplace_back(fixed(language.micro_f1, 3));
    for (const std::string& cell :
         {fixed(language.macro_f1, 3), fixed(language.ece, 3),
          std::isnan(language.difference) ? "–" : fixed(100 * language.difference, 1) + " points",
          p_cell(language.p_holm), grouped(language.texts)}) {
      row.emplace_back(cell);
    }
    if (has_kept) row.emplace_back(percent(language.kept));
    if (has_trained) row.emplace_back(texts_or_unknown(language.trained_texts));
    if (has_pool) row.emplace_back(texts_or_unknown(language.unlabelled_texts));
  }
  return table;
}

Blocks weak_ones(const std::vector<LanguageReport>& languages) {
  constexpr const char* kRule =
      "A language is weak where its accuracy is a point or more below that of all other texts together, and that is "
      "beyond chance: Fisher's exact test, corrected by Holm's method over the languages, 5%.";
  std::vector<LanguageReport> weak = languages;
  std::erase_if(weak, [](const LanguageReport& language) { return !language.weak; });
  std::vector<Inline> names;
  for (const LanguageReport& language : first(weak, kShownLanguages)) {
    names.push_back(name(language.language) + concat(" (", percent(language.accuracy), ")"));
  }
  Blocks out;
  if (weak.empty()) {
    out.paragraph(concat("No language is weak. ", kRule));
  } else {
    out.paragraph(strong("Weak:") + " " + joined(names, ", ") +
                  (weak.size() > names.size() ? concat(" and ", weak.size() - names.size(), " more") : "") + ". " +
                  kRule);
  }
  return out;
}

}  // namespace

Blocks languages_section(const EvaluationReport& figures) {
  Blocks out;
  if (!figures.languages || figures.languages->by_language.empty()) return out;
  const std::vector<LanguageReport> languages = weakest_first(figures.languages->by_language);
  if (languages.size() > 1) {
    add_means(out, *figures.languages);
    out.add(weak_ones(languages));
    add_chart(out, languages);
  }
  out.add(table_of(figures.languages->column, languages));
  add_left_out(out, languages.size(), kShownLanguages);
  return out;
}

Blocks language_counts(const DataLanguagesReport& report) {
  Blocks out;
  if (!report.trained_on.empty()) {
    std::vector<Inline> names;
    for (const std::string& language : report.trained_on) names.push_back(name(language));
    out.paragraph("Trained on the languages " + joined(names, ", ") + " alone: " +
                  concat(counted(report.left_out, "text", "texts"), " of the training file in others did not train."));
  }
  Rows rows;
  for (const LanguageCountReport& count : first(report.counts, kShownLanguages)) {
    rows.push_back({name(count.language), grouped(count.train), grouped(count.validation), grouped(count.test),
                    grouped(count.unlabelled)});
  }
  if (rows.empty()) return out;
  out.table("Texts by language",
            {{name(report.column), Align::left}, {"Training"}, {"Validation"}, {"Test"}, {"Unlabelled"}}, rows);
  add_left_out(out, report.counts.size(), kShownLanguages);
  return out;
}

Blocks language_temperatures(const CalibrationReport& report) {
  Blocks out;
  if (report.languages.size() < 2) return out;
  const auto used = std::ranges::count_if(report.languages, &LanguageTemperatureReport::used);
  Rows rows;
  for (const LanguageTemperatureReport& language : first(report.languages, kShownLanguages)) {
    rows.push_back({name(language.language), grouped(language.texts),
                    std::isnan(language.temperature) ? "–" : fixed(language.temperature, 3),
                    fixed(language.log_loss, 3), fixed(language.own_log_loss, 3),
                    language.used ? "its own" : "that of all"});
  }
  out.paragraph(concat(
      used == 0 ? "No language has a temperature of its own."
                : counted(used, "language has a temperature of its own.", "languages have temperatures of their own."),
      " One has where it is fitted on twenty held-out texts or more and lowers their log loss, cross-validated in five "
      "folds of them, by more than 1.96 times the standard error of that."));
  Blocks table;
  table.table("Held-out texts by language",
              {{"Language", Align::left},
               {"Texts"},
               {"Own temperature"},
               {"Log loss with that of all"},
               {"with its own"},
               {"Used", Align::left}},
              rows);
  add_left_out(table, report.languages.size(), kShownLanguages);
  out.fold("Temperatures by language", table);
  return out;
}

Blocks language_thresholds(const OutOfScopeReport& report) {
  Blocks out;
  if (report.languages.size() < 2) return out;
  const auto used = std::ranges::count_if(report.languages, &LanguageThresholdReport::used);
  Rows rows;
  for (const LanguageThresholdReport& language : first(report.languages, kShownLanguages)) {
    rows.push_back({name(language.language), grouped(language.in_scope), grouped(language.out_of_scope),
                    percent(language.kept), significant(language.threshold),
                    language.used ? "its own" : "that of all"});
  }
  out.paragraph(concat(
      used == 0 ? "No language has a threshold of its own."
                : counted(used, "language has a threshold of its own.", "languages have thresholds of their own."),
      " One has where twenty held-out texts in scope and ten out of it are treated better with it in five folds of "
      "them, by more than 1.96 times the standard error; without such texts out of scope, where of fifty or more in "
      "scope the threshold of all keeps another share than it should, beyond chance."));
  Blocks table;
  table.table("Held-out texts by language",
              {{"Language", Align::left},
               {"In scope"},
               {"Out of scope"},
               {"Kept by that of all"},
               {"Own threshold"},
               {"Used", Align::left}},
              rows);
  add_left_out(table, report.languages.size(), kShownLanguages);
  out.fold("Thresholds by language", table);
  return out;
}

}  // namespace tt::report
