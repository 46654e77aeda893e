#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "transfer_tune/evaluation/metrics.hpp"

// How far probabilities can be believed, and one number that mends them.

namespace tt::evaluation {

/// Texts whose largest probability lies in one of equal bins (low, high].
struct ReliabilityBin {
  double low = 0;
  double high = 0;
  std::size_t count = 0;
  double confidence = kUndefined;  ///< mean of the largest probability; undefined for an empty bin
  double accuracy = kUndefined;    ///< share answered rightly
};

inline constexpr std::size_t kReliabilityBins = 15;

/// 15 equal bins of (0, 1]. A text with a label that the classifier does not know is answered wrongly.
[[nodiscard]] std::vector<ReliabilityBin> reliability_bins(const Scores& scores);

/// Expected calibration error (Guo et al. 2017): mean over texts of |accuracy - confidence| of their bin.
[[nodiscard]] double expected_calibration_error(const std::vector<ReliabilityBin>& bins);

/// Brier (1950): mean over texts with known labels of Σ (probability - 1 for the label, 0 for any other)²; 0 to 2.
[[nodiscard]] double brier_score(const Scores& scores);

/// The temperature T that minimises the mean of -ln softmax(logits / T)[label] over texts with known labels (Guo et al.
/// 2017, "On Calibration of Modern Neural Networks", section 4.2). `logits` is [n, num_classes]. The mean is convex in
/// 1/T. Nothing where it has no minimum in [1/20, 20], as where every text is answered rightly, or without such texts.
[[nodiscard]] std::optional<double> fit_temperature(std::span<const float> logits, std::span<const std::int32_t> labels,
                                                    std::size_t num_classes);

}  // namespace tt::evaluation
