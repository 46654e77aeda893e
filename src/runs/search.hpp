#pragma once

#include "runs/run_state.hpp"
#include "transfer_tune/config/run_config.hpp"
#include "transfer_tune/record/search_report.hpp"
#include "transfer_tune/runs/commands.hpp"

#include <filesystem>

namespace tt::runs {

struct Searched {
  config::RunConfig config;  ///< with the settings that were chosen, and no search any more
  report::SearchReport report;
};

/// Tries what the config's search block asks for, on texts held out of training: those of the validation file, or else
/// every training text once, by the model of the folds without it. The test file is not looked at. What was tried by an
/// earlier run on the same data is read from the cache, where `options` allow it. `directory` and `state` are the
/// run's. Throws what the config as it stands throws, and `DataError` where nothing can be held out; another way that
/// fails is passed over, and its report says why.
[[nodiscard]] Searched search(const config::RunConfig& config, const AdaptOptions& options,
                              const std::filesystem::path& directory, RunState& state);

}  // namespace tt::runs
