#pragma once

#include "render/markdown.hpp"
#include "transfer_tune/record/evaluation_report.hpp"

// The parts of a Markdown report that say how well texts were answered; shared by report.md and `evaluate`.

namespace tt::report {

/// "86.1% to 88.5%", or a dash.
[[nodiscard]] Inline interval_text(const evaluation::Interval& interval);

/// Everything but accuracy and its interval: further figures, slices, confusions with example texts, every label.
void add_figures(Markdown& out, const EvaluationReport& report);

}  // namespace tt::report
