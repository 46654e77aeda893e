#pragma once

#include "transfer_tune/judge/comparison.hpp"

#include <filesystem>

namespace tt::runs {

/// What a finished run left in its directory. Throws an error of kind `data` where the report cannot be read; answers
/// that cannot be are only said to be missing.
[[nodiscard]] report::FinishedRun read_run(const std::filesystem::path& directory);

/// Writes compare.json, compare.md and compare.html to a new directory; junit.xml where there are gates.
void write_comparison(const report::ComparisonReport& report, const std::filesystem::path& directory);

}  // namespace tt::runs
