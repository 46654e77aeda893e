#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "transfer_tune/record/comparison_report.hpp"
#include "transfer_tune/record/run_report.hpp"

// Reports for people: Markdown, pages for a browser, text for a terminal. Everything from data is escaped.

namespace tt::report {

/// report.md: the result first.
[[nodiscard]] std::string to_markdown(const RunReport& report);
[[nodiscard]] std::string to_markdown(const EvaluationReport& report, const std::vector<GateReport>& gates = {});
/// compare.md: the verdict first.
[[nodiscard]] std::string to_markdown(const ComparisonReport& report);

/// report.html: one file, which loads nothing and runs no script. `resolved_config` is shown as it is; empty: left out.
[[nodiscard]] std::string to_html(const RunReport& report, const std::string& resolved_config);
[[nodiscard]] std::string to_html(const EvaluationReport& report, const std::vector<GateReport>& gates = {});
/// compare.html.
[[nodiscard]] std::string to_html(const ComparisonReport& report);

/// The verdict and the tables for a terminal; control and bidirectional characters are shown by name.
[[nodiscard]] std::string to_text(const ComparisonReport& report);

/// A summary for a CI job's page: the verdict, the figures beside their floors, the gates.
[[nodiscard]] std::string summary_markdown(const RunReport& report);
[[nodiscard]] std::string summary_markdown(const EvaluationReport& report, const std::vector<GateReport>& gates);
/// Of a comparison: the verdict, the arms, the gates.
[[nodiscard]] std::string summary_markdown(const ComparisonReport& report);

/// One test suite named `suite` with a test case a gate. Whatever XML 1.0 forbids becomes U+FFFD.
[[nodiscard]] std::string junit_xml(const std::vector<GateReport>& gates, std::string_view suite);

}  // namespace tt::report
