#pragma once

#include <cstdint>

#include "transfer_tune/evaluation/metrics.hpp"

namespace tt::report {

/// How long a trained classifier takes to answer, text to probabilities, measured in its run's own process.
struct LatencyReport {
  std::int64_t texts = 0;                            ///< timed one at a time
  double median_seconds = evaluation::kUndefined;    ///< one text by itself
  double p95_seconds = evaluation::kUndefined;       ///< 95th percentile of the same
  double texts_per_second = evaluation::kUndefined;  ///< many texts at once
};

}  // namespace tt::report
