#pragma once

#include <vector>

#include "transfer_tune/evaluation/bootstrap.hpp"

namespace tt::evaluation {

/// The value below which a share of `sorted`, which is not empty, lies: linear between the two nearest, as numpy.
[[nodiscard]] double percentile(const std::vector<double>& sorted, double share);

/// The 2.5th and 97.5th percentiles of resampled figures, linear between neighbours as numpy. Undefined without any.
[[nodiscard]] Interval percentile_interval(std::vector<double> figures);

}  // namespace tt::evaluation
