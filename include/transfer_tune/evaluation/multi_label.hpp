#pragma once

#include "transfer_tune/evaluation/bootstrap.hpp"
#include "transfer_tune/evaluation/metrics.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

// Texts with any number of labels, each a question of its own: which labels are given, and how well.

namespace tt::evaluation {

/// Probabilities beside the right answers.
struct MultiLabelScores {
  std::size_t num_labels = 0;
  std::vector<std::uint8_t> truths;   ///< [n, num_labels] row-major: 1 where the text has the label
  std::vector<double> probabilities;  ///< likewise
  std::vector<std::size_t>
      unknown{};  ///< [n]: further labels of each text, which the classifier does not know; empty: 0

  [[nodiscard]] std::size_t size() const noexcept { return num_labels == 0 ? 0 : truths.size() / num_labels; }
  [[nodiscard]] std::span<const double> row(std::size_t i) const {
    return std::span(probabilities).subspan(i * num_labels, num_labels);
  }
};

/// One threshold for all labels: a label is given where its probability is at least that.
struct SharedThreshold {
  double threshold = 0.5;
  double micro_f1 = kUndefined;  ///< with it; undefined: no text has a label
};

/// The threshold with the highest micro F1 (the highest such); 0.5 where no text has a label.
[[nodiscard]] SharedThreshold best_shared_threshold(const MultiLabelScores& scores);

/// One threshold a label: that with the label's highest F1, drawn towards `shared` the more, the fewer texts have the
/// label. On the scale of logits it is (n·own + 10·shared) / (n + 10) with n texts.
[[nodiscard]] std::vector<double> choose_thresholds(const MultiLabelScores& scores, double shared);

/// Mean of the binary cross-entropy over texts and labels, probabilities clipped as for `Metrics::log_loss`.
[[nodiscard]] double binary_log_loss(const MultiLabelScores& scores);

/// Every pair of text and label as an answer of two classes (1: the label is given), for figures of probabilities.
[[nodiscard]] Scores as_decisions(const MultiLabelScores& scores);

/// Sigmoid of each of `logits` over `temperature`, in double precision.
[[nodiscard]] std::vector<double> sigmoid(std::span<const float> logits, double temperature);

struct MultiLabelMetrics {
  std::size_t count = 0;             ///< texts
  std::size_t exact = 0;             ///< of these, given exactly their labels
  double accuracy = kUndefined;      ///< their share: scikit-learn's accuracy_score of sets
  double hamming_loss = kUndefined;  ///< share of the pairs of text and label that are answered wrongly
  Averages micro;                    ///< over all pairs; unknown labels count as missed
  Averages macro;                    ///< mean over labels that occur among labels or answers, undefined figures as 0
  Averages weighted;                 ///< the same weighted by support
  double mean_average_precision = kUndefined;  ///< mean over labels that a text has
  double log_loss = kUndefined;
  double ece = kUndefined;  ///< over all pairs; see calibration.hpp
  std::vector<ClassMetrics> per_label;
  /// Σ (Rₖ - Rₖ₋₁)·Pₖ over falling probabilities, as scikit-learn's average_precision_score; undefined without texts.
  std::vector<double> average_precision;
  std::size_t unknown_labels = 0;  ///< texts with a label that the classifier does not know
};

/// `thresholds`: one a label. Throws `InternalError` on sizes that do not fit, `NonFiniteError` on a probability that
/// is not a number.
[[nodiscard]] MultiLabelMetrics compute_metrics(const MultiLabelScores& scores, std::span<const double> thresholds);

/// Whether each text is given exactly its labels.
[[nodiscard]] std::vector<std::uint8_t> exact_answers(const MultiLabelScores& scores,
                                                      std::span<const double> thresholds);

/// Percentile bootstrap 95% intervals of F1 over texts drawn with replacement, as `bootstrap_ci95` has it.
struct F1Intervals {
  Interval micro;
  Interval macro;
};
[[nodiscard]] F1Intervals bootstrap_f1(const MultiLabelScores& scores, std::span<const double> thresholds,
                                       std::size_t samples, std::uint64_t seed);

}  // namespace tt::evaluation
