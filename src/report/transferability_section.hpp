#pragma once

#include "report/markdown.hpp"
#include "transfer_tune/report/transferability_report.hpp"

namespace tt::report {

/// What the scores before training said, and which source labels lie nearest to the target's.
void add_transferability(Markdown& out, const TransferabilityReport& report);

}  // namespace tt::report
