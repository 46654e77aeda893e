#pragma once

#include <string>

#include "transfer_tune/record/data_checks.hpp"

// What was found wrong with the data, in sentences; plain text, the same in Markdown and HTML.

namespace tt::report {

/// How many labels are probably wrong and how sure that is, or that none is, or that there are too few texts to tell;
/// empty: no labels were looked at.
[[nodiscard]] std::string label_error_words(const DataChecksReport& report);

}  // namespace tt::report
