#pragma once

#include "render/comparison_tables.hpp"
#include "render/html/html.hpp"
#include "transfer_tune/record/comparison_report.hpp"

// The parts of compare.html. A part that has nothing to say is empty, and left out.

namespace tt::report::html {

/// Accuracy by training texts, with the spread over seeds, and what each forecasts.
[[nodiscard]] Html learning_curves_section(const ComparisonReport& report);
/// What transfer saves in labels and time; how many labels a wanted accuracy takes.
[[nodiscard]] Html savings_section(const ComparisonReport& report);
[[nodiscard]] Html source_effects_section(const ComparisonReport& report);
/// Training time against accuracy, and every arm's figures.
[[nodiscard]] Html costs_section(const ComparisonReport& report);
/// How far arms differ and whether that can be told from chance.
[[nodiscard]] Html pairs_section(const ComparisonReport& report);
/// Runs left out, and every run.
[[nodiscard]] Html failed_section(const ComparisonReport& report);
[[nodiscard]] Html runs_section(const ComparisonReport& report);
[[nodiscard]] Html method_section(const ComparisonReport& report);

/// A table that Markdown and the terminal show too.
[[nodiscard]] Html plain_table(const std::string& caption, const PlainTable& plain);
/// The place of an arm among the report's, which its colour and mark follow.
[[nodiscard]] std::size_t arm_index(const ComparisonReport& report, const std::string& name);

}  // namespace tt::report::html
