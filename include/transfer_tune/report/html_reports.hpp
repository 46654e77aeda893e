#pragma once

#include <string>
#include <vector>

#include "transfer_tune/report/comparison_report.hpp"
#include "transfer_tune/report/run_report.hpp"

// Reports to be read in a browser: one file each, which loads nothing and runs no script. Everything from data is
// escaped.

namespace tt::report {

/// report.html. `resolved_config` is shown as it is; empty: left out.
[[nodiscard]] std::string to_html(const RunReport& report, const std::string& resolved_config);
[[nodiscard]] std::string to_html(const EvaluationReport& report, const std::vector<GateReport>& gates = {});
/// compare.html.
[[nodiscard]] std::string to_html(const ComparisonReport& report);

}  // namespace tt::report
