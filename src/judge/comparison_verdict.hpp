#pragma once

#include "transfer_tune/record/comparison_report.hpp"

namespace tt::report {

/// Fills in `verdict` and `recommended` from the arms and pairs: which arm is the most accurate, whom it beats and at
/// what cost, who cannot be told apart from it, and which of these to ship. Claims no more than the pairs' outcomes do.
void add_verdict(ComparisonReport& report);

}  // namespace tt::report
