#pragma once

#include "transfer_tune/evaluation/metrics.hpp"

namespace tt::evaluation {

/// Adds the class's figures, weighted, an undefined one as 0 (scikit-learn's zero_division).
void add(Averages& sum, const ClassMetrics& figures, double weight);
/// Undefined figures where `divisor` is 0 and the sum too.
[[nodiscard]] Averages divided(const Averages& sum, double divisor);

}  // namespace tt::evaluation
