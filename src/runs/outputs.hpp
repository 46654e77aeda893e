#pragma once

#include "transfer_tune/core/output_directory.hpp"

#include <string>
#include <vector>

namespace tt::runs {

/// SHA-256 of what a run came from, beside its results.
inline constexpr const char* kInputsName = "inputs.sha256";
/// The report of a cached source stage, beside its checkpoint.
inline constexpr const char* kStageName = "stage.json";

/// The report of a cached trial of a search.
inline constexpr const char* kTrialName = "trial.json";

/// Everything that a run writes to its output directory. What is missing here is in the way of the next --overwrite.
[[nodiscard]] OutputFiles run_files();
/// The same of a comparison, without its runs.
[[nodiscard]] OutputFiles comparison_files();
/// The same of a cached source stage.
[[nodiscard]] std::vector<std::string> stage_files();
/// The same of a cached trial.
[[nodiscard]] std::vector<std::string> trial_files();

}  // namespace tt::runs
