#pragma once

#include <vector>

#include "render/markdown.hpp"
#include "transfer_tune/record/transferability_report.hpp"

namespace tt::report {

/// Those that have neighbours, the target labels that the source comes nearest to first.
[[nodiscard]] std::vector<LabelNeighboursReport> nearest_first(const TransferabilityReport& report);
/// What the scores before training said, and which source labels lie nearest to the target's.
void add_transferability(Markdown& out, const TransferabilityReport& report);

}  // namespace tt::report
