#pragma once

#include <string>
#include <vector>

#include "render/document.hpp"
#include "transfer_tune/record/run_report.hpp"

// The parts of a run's report, each in a file of its own. A part that has nothing to say is empty, and left out.

namespace tt::report {

/// The figures that the run is judged by: on the test file, or else out of fold.
[[nodiscard]] const EvaluationReport* figures_of(const RunReport& report);
/// The target's name in a heading.
[[nodiscard]] std::string target_name(const RunReport& report);
/// The last part of the encoder's path.
[[nodiscard]] std::string encoder_name(const RunReport& report);

/// The figures of `figures_of` beside their floors.
[[nodiscard]] Table result_table(const RunReport& report, const EvaluationReport& figures);
/// That, drawn too, and what the source stage did.
[[nodiscard]] Blocks result_section(const RunReport& report, const EvaluationReport& figures);
/// How the gates went, in one line; nothing without gates.
void add_gate_lead(Blocks& out, const std::vector<GateReport>& gates);
/// A row a gate.
[[nodiscard]] Table gate_table(const std::vector<GateReport>& gates);
/// That table under its verdict.
[[nodiscard]] Blocks gates_section(const std::vector<GateReport>& gates);
[[nodiscard]] Blocks warnings_section(const RunReport& report);
/// Curves by phase, or the solved head's strengths; phases and epochs as tables.
[[nodiscard]] Blocks training_section(const StageReport& stage);
/// The confusion matrix, most confused intents side by side, and the most frequent confusions with texts.
[[nodiscard]] Blocks confusions_section(const EvaluationReport& figures);
/// Figures beside the accuracy, with what they mean.
[[nodiscard]] Blocks figures_section(const EvaluationReport& figures);
/// The order of tables of intents: by F1, those without any last.
[[nodiscard]] bool has_weaker_f1(const ClassReport& one, const ClassReport& other);
/// Every intent with 95% intervals, weakest F1 first; slices.
[[nodiscard]] Blocks labels_section(const EvaluationReport& figures);
[[nodiscard]] Blocks slices_section(const EvaluationReport& figures);
/// Means over languages, weak ones, and every language; nothing where no column says them.
[[nodiscard]] Blocks languages_section(const EvaluationReport& figures);
/// Texts by language.
[[nodiscard]] Blocks language_counts(const DataLanguagesReport& report);
/// Which languages are decided about by themselves; nothing with fewer than two.
[[nodiscard]] Blocks language_temperatures(const CalibrationReport& report);
[[nodiscard]] Blocks language_thresholds(const OutOfScopeReport& report);
[[nodiscard]] Blocks calibration_section(const RunReport& report);
[[nodiscard]] Blocks out_of_scope_section(const OutOfScopeReport& report);
[[nodiscard]] Blocks feature_map_section(const FeatureMapReport& map, const std::vector<std::string>& labels,
                                         const std::vector<ConfusedPairReport>& confused);
/// Where texts have several labels: the figures in tiles, in a row that begins with `what`, beside the F1 with their
/// meaning, and by label with its threshold.
[[nodiscard]] std::vector<Tiles::Tile> set_tiles(const EvaluationReport& figures);
[[nodiscard]] Table sets_table(const std::string& what, const EvaluationReport& figures);
[[nodiscard]] Blocks set_figures_section(const EvaluationReport& figures);
[[nodiscard]] Blocks set_labels_section(const EvaluationReport& figures);
/// Files, counts, how settings were chosen, warnings.
[[nodiscard]] Blocks data_section(const DataReport& data);
/// Labels that are probably wrong, or how far that can be told, and the rest of what looks wrong.
[[nodiscard]] Blocks data_checks_section(const DataChecksReport& checks);
/// How settings were searched for, best first.
[[nodiscard]] Blocks search_section(const SearchReport& report);
[[nodiscard]] Blocks source_section(const SourceReport& source);
[[nodiscard]] Blocks environment_section(const RunReport& report);
/// `resolved_config` is shown as it is; empty: left out.
[[nodiscard]] Blocks reproduction_section(const RunReport& report, const std::string& resolved_config);

}  // namespace tt::report
