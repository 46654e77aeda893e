#pragma once

#include <string>

#include "render/document.hpp"
#include "transfer_tune/record/comparison_report.hpp"

// The parts of a comparison's report. A part that has nothing to say is empty, and left out.

namespace tt::report {

/// One row an arm: its figures over seeds, and what it cost.
[[nodiscard]] Table arms_table(const ComparisonReport& report);
/// Accuracies, a row for each number of training texts, a column for each arm; no rows without a curve.
[[nodiscard]] Table curve_table(const ComparisonReport& report);
/// What each arm saves beside the arm without transfer, a row for each number of training texts; no rows without one.
[[nodiscard]] Table savings_table(const ComparisonReport& report);
/// One row an arm: the labels that its learning curve forecasts, and how well it foretells its own last point.
[[nodiscard]] Table forecasts_table(const ComparisonReport& report);
/// One row a pair: by how much the arms differ and whether that can be told from chance.
[[nodiscard]] Table pairs_table(const ComparisonReport& report);
/// One row a test of two runs; without rows where no pair has more than one.
[[nodiscard]] Table tests_table(const ComparisonReport& report);

/// Accuracy by training texts, with the spread over seeds, and what each forecasts.
[[nodiscard]] Blocks learning_curves_section(const ComparisonReport& report);
[[nodiscard]] Blocks source_effects_section(const ComparisonReport& report);
/// Training time against accuracy, and every arm's figures.
[[nodiscard]] Blocks arms_section(const ComparisonReport& report);
/// How far arms differ and whether that can be told from chance.
[[nodiscard]] Blocks pairs_section(const ComparisonReport& report);
/// How the figures of a comparison came about.
[[nodiscard]] Blocks method_section(const ComparisonReport& report);

/// "full is better", "undecided".
[[nodiscard]] std::string outcome_words(const PairReport& pair);
/// "81.2% ± 0.4": mean and, with several seeds, standard deviation.
[[nodiscard]] std::string accuracy_of(const SeedFigures& figures);
/// An arm's means over languages; no rows where no column says them.
[[nodiscard]] Table language_means_table(const ComparisonReport& report);
/// Every pair on the languages that both were trained on, and on the others.
[[nodiscard]] Table language_pairs_table(const ComparisonReport& report);
/// Both tables.
[[nodiscard]] Blocks comparison_languages_section(const ComparisonReport& report);

}  // namespace tt::report
