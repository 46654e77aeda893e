#pragma once

#include <string>
#include <vector>

#include "render/markdown.hpp"
#include "transfer_tune/record/run_report.hpp"

// What a reader wants to know first; shared by report.md and the summary for a CI job.

namespace tt::report {

/// The figures that the run is judged by: on the test file, or else out of fold.
[[nodiscard]] const EvaluationReport* figures_of(const RunReport& report);

/// The target's name in a heading.
[[nodiscard]] std::string target_name(const RunReport& report);

/// The last part of the encoder's path.
[[nodiscard]] std::string encoder_name(const RunReport& report);

/// The figures of `figures_of` beside their floors.
void add_result_table(Markdown& out, const RunReport& report, const EvaluationReport& figures);

/// A row a gate; nothing without gates.
void add_gate_table(Markdown& out, const std::vector<GateReport>& gates);

/// That table as a section, under its verdict.
void add_gates(Markdown& out, const std::vector<GateReport>& gates);

}  // namespace tt::report
