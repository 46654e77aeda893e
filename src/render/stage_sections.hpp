#pragma once

#include "render/markdown.hpp"
#include "transfer_tune/record/run_report.hpp"

// The parts of report.md that say what a stage learned from and how it learned; the same for target and source.

namespace tt::report {

/// Files, counts, how settings were chosen, what is suspicious.
void add_data(Markdown& out, const DataReport& data);
/// Phases, chosen settings, a row an epoch.
void add_training(Markdown& out, const StageReport& stage);

}  // namespace tt::report
