#pragma once

#include "report/markdown.hpp"
#include "transfer_tune/report/run_report.hpp"

// The parts of report.md that say what a stage learned from and how it learned; the same for target and source.

namespace tt::report {

/// Files, counts, how settings were chosen, what is suspicious.
void add_data(Markdown& out, const DataReport& data);
/// Phases, chosen settings, a row an epoch.
void add_training(Markdown& out, const StageReport& stage);

}  // namespace tt::report
