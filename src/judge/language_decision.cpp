#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>
#include <span>
#include <vector>

#include "judge/fewest_texts.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/evaluation/calibration.hpp"
#include "transfer_tune/evaluation/detection.hpp"
#include "transfer_tune/evaluation/difference.hpp"
#include "transfer_tune/judge/decision.hpp"

// Which languages are better served by a temperature or a threshold of their own: never those that hardly any held-out
// text is of, and only where held-out texts that had no part in it say so.

namespace tt::report {
namespace {

constexpr std::int64_t kFewestOwnTexts = 20;
/// To tell the share that a threshold keeps.
constexpr std::int64_t kFewestKeptTexts = 50;
constexpr std::size_t kFolds = 5;
/// Standard errors, as of a two-sided test at 5%.
constexpr double kChance = 1.96;

/// Positions of each language's texts.
std::vector<std::vector<std::size_t>> by_language(const TextLanguages& languages) {
  std::vector<std::vector<std::size_t>> positions(languages.names.size());
  for (std::size_t i = 0; i < languages.of.size(); ++i) {
    if (languages.of[i] >= 0) positions.at(static_cast<std::size_t>(languages.of[i])).push_back(i);
  }
  return positions;
}

template <class T>
std::vector<T> at(const std::vector<T>& values, const std::vector<std::size_t>& positions) {
  std::vector<T> out;
  out.reserve(positions.size());
  for (const std::size_t i : positions) out.push_back(values.at(i));
  return out;
}

/// `positions` without those of a fold, or those alone.
std::vector<std::size_t> of_fold(const std::vector<std::size_t>& positions, std::size_t fold, bool inside) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < positions.size(); ++i) {
    if ((i % kFolds == fold) == inside) out.push_back(positions[i]);
  }
  return out;
}

/// Whether the mean of `gains` is above 0 beyond chance: by more than 1.96 times its standard error.
bool is_gain(const std::vector<double>& gains) {
  const auto count = static_cast<double>(gains.size());
  const double mean = std::accumulate(gains.begin(), gains.end(), 0.0) / count;
  double squares = 0;
  for (const double gain : gains) squares += (gain - mean) * (gain - mean);
  return mean > 0 && mean > kChance * std::sqrt(squares / (count - 1) / count);
}

/// Answers on held-out texts.
struct HeldOutLogits {
  std::span<const float> logits;
  std::span<const std::int32_t> labels;
  std::size_t num_classes;

  [[nodiscard]] std::optional<double> fit(const std::vector<std::size_t>& positions) const {
    std::vector<float> rows;
    std::vector<std::int32_t> own;
    for (const std::size_t i : positions) {
      const auto row = logits.subspan(i * num_classes, num_classes);
      rows.insert(rows.end(), row.begin(), row.end());
      own.push_back(labels[i]);
    }
    return evaluation::fit_temperature(rows, own, num_classes);
  }
  [[nodiscard]] double loss(std::size_t text, double temperature) const {
    const std::vector<double> probabilities =
        evaluation::softmax(logits.subspan(text * num_classes, num_classes), num_classes, temperature);
    const double probability = probabilities.at(static_cast<std::size_t>(labels[text]));
    return -std::log(std::max(probability, std::numeric_limits<double>::epsilon()));
  }
};

LanguageTemperatureReport temperature_of(const HeldOutLogits& answers, const std::vector<std::size_t>& positions,
                                         double common) {
  LanguageTemperatureReport out;
  out.texts = static_cast<std::int64_t>(positions.size());
  if (positions.empty()) return out;
  const auto count = static_cast<double>(positions.size());
  out.log_loss = 0;
  for (const std::size_t i : positions) out.log_loss += answers.loss(i, common) / count;
  if (out.texts < kFewestOwnTexts) return out;
  const std::optional<double> own = answers.fit(positions);
  if (!own) return out;
  out.temperature = *own;
  out.own_log_loss = 0;
  std::vector<double> gains;
  for (std::size_t fold = 0; fold < kFolds; ++fold) {
    const double temperature = answers.fit(of_fold(positions, fold, false)).value_or(common);
    for (const std::size_t i : of_fold(positions, fold, true)) {
      const double loss = answers.loss(i, temperature);
      out.own_log_loss += loss / count;
      gains.push_back(answers.loss(i, common) - loss);
    }
  }
  out.used = is_gain(gains);
  return out;
}

/// Scores of held-out texts, by which they are kept or rejected.
struct HeldOutScores {
  const std::vector<double>& in_scope;
  const std::vector<std::uint8_t>& correct;
  const std::vector<double>& out_of_scope;

  [[nodiscard]] double best(const std::vector<std::size_t>& inside, const std::vector<std::size_t>& outside) const {
    return evaluation::best_threshold(at(in_scope, inside), at(correct, inside), at(out_of_scope, outside));
  }
  /// 1 where a text is kept and answered rightly.
  [[nodiscard]] double right_inside(std::size_t i, double threshold) const {
    return correct[i] != 0 && !(in_scope[i] < threshold) ? 1 : 0;
  }
  /// 1 where a text is rejected.
  [[nodiscard]] double right_outside(std::size_t i, double threshold) const {
    return out_of_scope[i] < threshold ? 1 : 0;
  }
};

/// By which texts in scope and out of it are told apart best.
void choose_by_both(LanguageThresholdReport& out, const HeldOutScores& scores, const std::vector<std::size_t>& inside,
                    const std::vector<std::size_t>& outside, double common) {
  if (out.in_scope < kFewestOwnTexts || out.out_of_scope < kFewestTexts) return;
  out.threshold = scores.best(inside, outside);
  // Each kind counts for half, as where the threshold is chosen.
  const auto texts = static_cast<double>(inside.size() + outside.size());
  const double weight_inside = texts / (2 * static_cast<double>(inside.size()));
  const double weight_outside = texts / (2 * static_cast<double>(outside.size()));
  std::vector<double> gains;
  for (std::size_t fold = 0; fold < kFolds; ++fold) {
    const double threshold = scores.best(of_fold(inside, fold, false), of_fold(outside, fold, false));
    for (const std::size_t i : of_fold(inside, fold, true)) {
      gains.push_back(weight_inside * (scores.right_inside(i, threshold) - scores.right_inside(i, common)));
    }
    for (const std::size_t i : of_fold(outside, fold, true)) {
      gains.push_back(weight_outside * (scores.right_outside(i, threshold) - scores.right_outside(i, common)));
    }
  }
  out.used = is_gain(gains);
}

/// By which a share `keep` of those in scope is kept.
void choose_by_share(LanguageThresholdReport& out, const std::vector<double>& in_scope, double keep) {
  if (out.in_scope < kFewestKeptTexts) return;
  out.threshold = evaluation::keeping_threshold(in_scope, keep);
  const evaluation::Interval kept = evaluation::wilson_ci95({out.kept, in_scope.size()});
  out.used = kept.low > keep || kept.high < keep;
}

}  // namespace

void choose_language_temperatures(CalibrationReport& report, std::span<const float> logits,
                                  std::span<const std::int32_t> labels, std::size_t num_classes,
                                  const TextLanguages& languages) {
  if (languages.of.empty()) return;
  if (languages.of.size() != labels.size()) {
    throw InternalError(concat("temperatures: ", languages.of.size(), " languages of ", labels.size(), " texts"));
  }
  const HeldOutLogits answers{logits, labels, num_classes};
  std::vector<std::vector<std::size_t>> positions = by_language(languages);
  for (std::size_t language = 0; language < positions.size(); ++language) {
    std::erase_if(positions[language],
                  [&](std::size_t i) { return labels[i] < 0 || static_cast<std::size_t>(labels[i]) >= num_classes; });
    if (positions[language].empty()) continue;
    report.languages.push_back(temperature_of(answers, positions[language], report.temperature));
    report.languages.back().language = languages.names[language];
  }
}

void choose_language_thresholds(OutOfScopeReport& report, const ScopeAnswers& held_out, const TextLanguages& in_scope,
                                const TextLanguages& out_of_scope, double keep) {
  if (in_scope.of.empty() || std::isnan(report.threshold)) return;
  const HeldOutScores scores{held_out.in_scope[report.score], held_out.correct, held_out.out_of_scope[report.score]};
  const std::vector<std::vector<std::size_t>> inside = by_language(in_scope);
  std::vector<std::vector<std::size_t>> outside = by_language(out_of_scope);
  outside.resize(inside.size());
  const bool chosen = report.validation_out_of_scope >= kFewestTexts;
  for (std::size_t language = 0; language < inside.size(); ++language) {
    if (inside[language].empty()) continue;
    const std::vector<double> own = at(scores.in_scope, inside[language]);
    LanguageThresholdReport& out = report.languages.emplace_back();
    out.language = in_scope.names[language];
    out.in_scope = static_cast<std::int64_t>(inside[language].size());
    out.out_of_scope = static_cast<std::int64_t>(outside[language].size());
    out.kept = evaluation::kept_share(own, report.threshold);
    if (chosen) {
      choose_by_both(out, scores, inside[language], outside[language], report.threshold);
    } else {
      choose_by_share(out, own, keep);
    }
  }
}

}  // namespace tt::report
