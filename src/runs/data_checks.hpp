#pragma once

#include "runs/stage_data.hpp"
#include "transfer_tune/core/log.hpp"
#include "transfer_tune/record/data_checks.hpp"
#include "transfer_tune/training/activation_store.hpp"

#include <ATen/core/Tensor.h>

namespace tt::runs {

/// What looks wrong with a stage's texts and labels, every finding of it. `train` [texts, hidden] and `test` are pooled
/// vectors of data.train and data.test by the untuned encoder; undefined: only what needs none is looked at, and
/// without `test` no test text is compared. Depends on no seed.
[[nodiscard]] report::DataChecksReport check_stage_data(const StageData& data, const at::Tensor& train,
                                                        const at::Tensor& test, training::ActivationStore& store,
                                                        const ProgressCallback& progress);

}  // namespace tt::runs
