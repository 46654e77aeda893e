#pragma once

#include <cstddef>
#include <cstdint>

#include "transfer_tune/evaluation/metrics.hpp"

namespace tt::evaluation {

struct Interval {
  double low = kUndefined;
  double high = kUndefined;
};

/// Percentile bootstrap 95% interval of an accuracy: `samples` times, `count` texts are drawn with replacement from
/// those of which `correct` were answered rightly; the 2.5th and 97.5th percentiles (linear between neighbours, as
/// numpy) of their accuracies. Undefined without texts or samples. Throws `InternalError` if correct > count.
[[nodiscard]] Interval bootstrap_ci95(std::size_t correct, std::size_t count, std::size_t samples, std::uint64_t seed);

}  // namespace tt::evaluation
