#pragma once

#include <string_view>

#include "report/markdown.hpp"
#include "transfer_tune/report/evaluation_report.hpp"

// The parts of a Markdown report that say how well texts were answered; shared by report.md and `evaluate`.

namespace tt::report {

/// A text from data, in quotes, cut to what a line bears.
[[nodiscard]] Inline quotation(std::string_view text);

/// "86.1% to 88.5%", or a dash.
[[nodiscard]] Inline interval_text(const evaluation::Interval& interval);

/// Figures beyond accuracy and macro F1, with what they mean.
void add_further_figures(Markdown& out, const EvaluationReport& report);
/// Every label, weakest first.
void add_labels(Markdown& out, const EvaluationReport& report);
/// Most confused pairs with example texts.
void add_confusions(Markdown& out, const EvaluationReport& report);
/// A table for each column sliced by.
void add_slices(Markdown& out, const EvaluationReport& report);

}  // namespace tt::report
