#pragma once

#include "runs/stage_data.hpp"
#include "transfer_tune/config/run_config.hpp"
#include "transfer_tune/data/dataset.hpp"

#include <cstdint>

namespace tt::runs {

/// The file `config.unlabelled` as it stands.
[[nodiscard]] data::Dataset read_pool(const config::DataConfig& config, bool quote);

/// Takes the texts out of `pool` that the stage's files hold too (after folding Unicode forms, case and punctuation):
/// those of the test and validation files would make the figures say too much. What is left out is warned of in the
/// stage's report. Throws `DataError` where nothing is left.
void leave_out_known(data::Dataset& pool, StageData& stage);

/// Both; draws `most` by `seed` where there are more.
[[nodiscard]] data::Dataset read_unlabelled(const config::DataConfig& config, StageData& stage, std::int64_t most,
                                            std::uint64_t seed, bool quote);

}  // namespace tt::runs
