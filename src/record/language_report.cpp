#include "transfer_tune/record/language_report.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "transfer_tune/evaluation/difference.hpp"
#include "transfer_tune/evaluation/significance.hpp"

namespace tt::report {
namespace {

/// Below it a difference hardly matters, however many texts show it.
constexpr double kOnePoint = 0.01;

std::optional<std::int64_t> count_of(const std::optional<std::map<std::string, std::int64_t>>& counts,
                                     const std::string& language) {
  if (!counts) return std::nullopt;
  const auto found = counts->find(language);
  return found == counts->end() ? 0 : found->second;
}

/// Each language's accuracy beside that of all other texts.
void compare_with_others(std::vector<LanguageReport>& languages,
                         const std::map<std::string, LanguageFigures>& figures) {
  evaluation::Answered all;
  for (const auto& [language, own] : figures) {
    all.right += own.right;
    all.texts += own.texts;
  }
  std::vector<double> p_values;
  p_values.reserve(languages.size());
  for (LanguageReport& language : languages) {
    const LanguageFigures& own = figures.at(language.language);
    const evaluation::Answered others{all.right - own.right, all.texts - own.texts};
    if (others.texts > 0 && own.texts > 0) {
      language.difference = language.accuracy - static_cast<double>(others.right) / static_cast<double>(others.texts);
      language.p = evaluation::fisher_p({own.right, own.texts}, others);
    }
    p_values.push_back(language.p);
  }
  const std::vector<double> corrected = evaluation::holm(p_values);
  for (std::size_t i = 0; i < languages.size(); ++i) {
    languages[i].p_holm = corrected[i];
    languages[i].weak = is_weak(languages[i]);
  }
}

/// Over the languages that `belongs` takes; nothing where it takes none.
template <class Belongs>
std::optional<LanguageMeanReport> mean_over(const std::vector<LanguageReport>& languages, const Belongs& belongs) {
  LanguageMeanReport mean{.accuracy = 0, .accuracy_ci95 = {}, .macro_f1 = 0};
  std::vector<evaluation::MeasuredAccuracy> measured;
  for (const LanguageReport& language : languages) {
    if (!belongs(language)) continue;
    ++mean.languages;
    mean.texts += language.texts;
    mean.accuracy += language.accuracy;
    mean.macro_f1 += language.macro_f1;
    measured.push_back({language.accuracy, static_cast<std::size_t>(language.texts)});
  }
  if (mean.languages == 0) return std::nullopt;
  mean.accuracy /= static_cast<double>(mean.languages);
  mean.macro_f1 /= static_cast<double>(mean.languages);
  mean.accuracy_ci95 = evaluation::mean_ci95(measured);
  return mean;
}

}  // namespace

bool is_weak(const LanguageReport& language) {
  return language.difference <= -kOnePoint && language.p_holm < evaluation::kSignificance;
}

LanguagesReport make_languages_report(const std::map<std::string, LanguageFigures>& figures,
                                      const LanguageContext& context) {
  LanguagesReport report;
  report.column = context.column;
  for (const auto& [language, own] : figures) {
    const double accuracy =
        own.texts == 0 ? evaluation::kUndefined : static_cast<double>(own.right) / static_cast<double>(own.texts);
    report.by_language.push_back({.language = language,
                                  .texts = static_cast<std::int64_t>(own.texts),
                                  .trained_texts = count_of(context.trained, language),
                                  .unlabelled_texts = count_of(context.unlabelled, language),
                                  .accuracy = accuracy,
                                  .accuracy_ci95 = evaluation::wilson_ci95({accuracy, own.texts}),
                                  .micro_f1 = own.micro_f1,
                                  .macro_f1 = own.macro_f1,
                                  .ece = own.ece});
  }
  compare_with_others(report.by_language, figures);
  report.mean =
      mean_over(report.by_language, [](const LanguageReport&) { return true; }).value_or(LanguageMeanReport{});
  if (!context.trained) return report;
  report.trained = mean_over(report.by_language, [](const LanguageReport& each) { return each.trained_texts > 0; });
  report.zero_shot = mean_over(report.by_language, [](const LanguageReport& each) { return each.trained_texts == 0; });
  return report;
}

}  // namespace tt::report
