#pragma once

#include <string>
#include <vector>

#include "render/html/html.hpp"
#include "transfer_tune/record/evaluation_report.hpp"
#include "transfer_tune/record/run_report.hpp"

// The parts of report.html, each in a file of its own. A part that has nothing to say is empty, and left out.

namespace tt::report::html {

/// The figures beside their floors, what the source stage did, quality gates.
[[nodiscard]] Html result_section(const RunReport& report, const EvaluationReport& figures);
/// How the gates went, in one line.
[[nodiscard]] Html gate_lead(const std::vector<GateReport>& gates);
[[nodiscard]] Html gates_section(const std::vector<GateReport>& gates);
[[nodiscard]] Html warnings_section(const RunReport& report);
/// Curves by phase, or the solved head's strengths; phases and epochs as tables.
[[nodiscard]] Html training_section(const StageReport& stage);
/// The confusion matrix, most confused intents side by side, and the most frequent confusions with texts.
[[nodiscard]] Html confusions_section(const EvaluationReport& figures);
/// Every intent with 95% intervals, weakest first; slices.
[[nodiscard]] Html labels_section(const EvaluationReport& figures);
[[nodiscard]] Html slices_section(const EvaluationReport& figures);
[[nodiscard]] Html calibration_section(const CalibrationReport& calibration);
[[nodiscard]] Html out_of_scope_section(const OutOfScopeReport& report);
[[nodiscard]] Html feature_map_section(const FeatureMapReport& map, const std::vector<std::string>& labels,
                                       const std::vector<ConfusedPairReport>& confused);
/// Files, counts, warnings.
[[nodiscard]] Html data_section(const DataReport& data);
/// Labels that are probably wrong, or how far that can be told, and the rest of what looks wrong.
[[nodiscard]] Html data_checks_section(const DataChecksReport& checks);
[[nodiscard]] Html source_section(const SourceReport& source);
[[nodiscard]] Html transferability_part(const TransferabilityReport& report);
[[nodiscard]] Html environment_section(const RunReport& report);
[[nodiscard]] Html reproduction_section(const RunReport& report, const std::string& resolved_config);

/// Boxes with one figure each.
struct Tile {
  std::string name;
  std::string figure;
  std::string detail;
};
[[nodiscard]] Html tiles(const std::vector<Tile>& tiles);
/// The figures that all reports show large.
[[nodiscard]] std::vector<Tile> figure_tiles(const EvaluationReport& figures);

/// "86.1% to 88.5%", or a dash.
[[nodiscard]] std::string interval_words(const evaluation::Interval& interval);
/// A text from data in quotation marks, cut where it is long.
[[nodiscard]] Html quotation(const std::string& text);
[[nodiscard]] Html quotations(const std::vector<std::string>& texts);
[[nodiscard]] Html note(const Html& content);

}  // namespace tt::report::html
