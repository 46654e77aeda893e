#pragma once

#include "render/markdown.hpp"
#include "transfer_tune/record/data_checks.hpp"

namespace tt::report {

/// What looks wrong with the data, as a section of report.md; where nothing was looked at or found, it says so.
void add_data_checks(Markdown& out, const DataChecksReport& report);

}  // namespace tt::report
