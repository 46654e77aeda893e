#pragma once

#include <cstdint>
#include <span>

#include "transfer_tune/evaluation/metrics.hpp"

// Floors: what a classifier must beat to be worth anything.

namespace tt::evaluation {

struct Baseline {
  double accuracy = kUndefined;
  double macro_f1 = kUndefined;
};

/// Figures of given predictions, e.g. the nearest label name of each text.
[[nodiscard]] Baseline baseline(std::span<const std::int32_t> labels, std::span<const std::int32_t> predictions,
                                std::size_t num_classes);

/// Answers every text with the most frequent label of `training_labels` (ties to the lowest id). Throws
/// `InternalError` when those are empty or hold an unknown label.
[[nodiscard]] Baseline majority_baseline(std::span<const std::int32_t> training_labels,
                                         std::span<const std::int32_t> labels, std::size_t num_classes);

}  // namespace tt::evaluation
