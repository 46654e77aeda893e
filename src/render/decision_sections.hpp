#pragma once

#include "render/markdown.hpp"
#include "transfer_tune/record/run_report.hpp"

namespace tt::report {

/// How far probabilities can be believed; nothing where that was not looked at.
void add_calibration(Markdown& out, const RunReport& report);

/// When the classifier should not answer; nothing where there was nothing to choose or measure on.
void add_out_of_scope(Markdown& out, const RunReport& report);

}  // namespace tt::report
