#pragma once

#include "runs/encoder_loader.hpp"
#include "runs/held_out.hpp"
#include "runs/stage_data.hpp"
#include "transfer_tune/config/run_config.hpp"

#include <cstdint>
#include <optional>

namespace tt::runs {

/// What a run learns from and is measured on.
struct Inputs {
  StageData target;
  OutOfScopeTexts out_of_scope;
  std::optional<StageData> source;  ///< absent: no source, or a finished checkpoint
};

/// Reads all that `config` names beside its encoder, and throws whatever is wrong with any of it: `DataError`,
/// `CheckpointError` for a source checkpoint that does not fit, `UsageError` for settings that the data contradict. A
/// run and its dry run share it, so that what one refuses the other does.
[[nodiscard]] Inputs load_inputs(const config::RunConfig& config, const LoadedEncoder& encoder, std::int64_t threads);

}  // namespace tt::runs
