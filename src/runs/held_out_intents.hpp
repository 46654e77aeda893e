#pragma once

#include "runs/stage_data.hpp"
#include "transfer_tune/config/run_config.hpp"

#include <cstdint>

namespace tt::runs {

/// Makes the split of a source stage by labels: those of a fifth of the labels, drawn by seed, are held out, up to some
/// texts of each, in place of a share of every label's texts. Only labels that fill their place in an episode of
/// `objective` are drawn; where too few do, nothing is held out. Throws `DataError` where fewer than two do.
void hold_out_intents(StageData& source, const config::ObjectiveConfig& objective, std::uint64_t seed);

}  // namespace tt::runs
