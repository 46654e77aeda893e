#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "transfer_tune/evaluation/metrics.hpp"
#include "transfer_tune/evaluation/multi_label.hpp"
#include "transfer_tune/evaluation/out_of_scope.hpp"
#include "transfer_tune/record/decision_report.hpp"
#include "transfer_tune/record/multi_label_report.hpp"

// From held-out texts to a temperature and a threshold.

namespace tt::report {

/// What the texts of one kind score, by ScopeScore; a score that was not computed has no values.
struct ScopeScores {
  std::array<std::vector<double>, 4> of;

  [[nodiscard]] const std::vector<double>& operator[](evaluation::ScopeScore score) const {
    return of.at(static_cast<std::size_t>(score));
  }
  [[nodiscard]] std::vector<double>& operator[](evaluation::ScopeScore score) {
    return of.at(static_cast<std::size_t>(score));
  }
};

/// Scores of texts, and which of those in scope are answered rightly.
struct ScopeAnswers {
  ScopeScores in_scope;
  std::vector<std::uint8_t> correct;
  ScopeScores out_of_scope;
  /// By how much each text's own threshold is above that of all; empty: by nothing.
  std::vector<double> in_scope_raise{}, out_of_scope_raise{};
};

/// Texts' languages: names, and for each text the place of its own among them, -1 for none. Empty: not known.
struct TextLanguages {
  const std::vector<std::string>& names;
  std::span<const std::int32_t> of;
};

/// What was measured on `scores`, whose probabilities are those of one temperature. Nothing without texts.
[[nodiscard]] std::optional<CalibrationFigures> calibration_figures(const evaluation::Scores& scores);

/// The temperature that fits the held-out `logits` [texts, num_classes] best; 1 where there is none or no telling.
/// `before_refit` as in the report.
[[nodiscard]] CalibrationReport choose_temperature(std::span<const float> logits, std::span<const std::int32_t> labels,
                                                   std::size_t num_classes, HeldOutSource source, bool before_refit);

/// Adds to `report`, which was made of the same texts, which languages are better served by a temperature of their own:
/// of at least twenty texts, where that lowers the log loss in five folds of them by more than 1.96 times the standard
/// error.
void choose_language_temperatures(CalibrationReport& report, std::span<const float> logits,
                                  std::span<const std::int32_t> labels, std::size_t num_classes,
                                  const TextLanguages& languages);

/// The same of sets of labels, whose answers are the pairs of text and label: `truths` [texts, num_labels] of 0 and 1.
[[nodiscard]] CalibrationReport choose_temperature(std::span<const float> logits, std::span<const float> truths,
                                                   std::size_t num_labels, HeldOutSource source, bool before_refit);

/// From which probability on each of `labels` is given, by held-out texts; 0.5 without any.
[[nodiscard]] ThresholdsReport choose_thresholds(const evaluation::MultiLabelScores& held_out,
                                                 const std::vector<std::string>& labels, HeldOutSource source,
                                                 bool before_refit);

/// Score and threshold: with ten or more out-of-scope texts the score with the highest AUROC (the first among equals)
/// and its best threshold; with fewer, the energy and the threshold that keeps a share `keep` of the in-scope
/// texts. Every score that was computed is listed with its own threshold. Without in-scope texts there is no threshold.
[[nodiscard]] OutOfScopeReport choose_threshold(const ScopeAnswers& held_out, HeldOutSource source, bool before_refit,
                                                double keep);

/// Adds to `report`, which was made of the same texts, which languages are better served by a threshold of their own.
/// Where out-of-scope texts chose: of at least twenty texts in scope and ten out of it, where more are treated rightly
/// in five folds of them, by more than 1.96 times the standard error. Else: of at least fifty, of which the threshold
/// of all keeps another share than `keep` beyond chance (Wilson's 95% interval).
void choose_language_thresholds(OutOfScopeReport& report, const ScopeAnswers& held_out, const TextLanguages& in_scope,
                                const TextLanguages& out_of_scope, double keep);

/// An out-of-scope text and what it was taken for.
struct OutOfScopeText {
  std::string_view text;
  std::string_view prediction;
};

/// Fills in what is measured on test texts; `texts` belong to its out-of-scope scores.
void measure_scope(OutOfScopeReport& report, const ScopeAnswers& test, std::span<const OutOfScopeText> texts);

}  // namespace tt::report
