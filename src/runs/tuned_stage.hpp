#pragma once

#include "runs/stage_probe.hpp"

namespace tt::runs {

/// Everything that steps weights: chooses the number of epochs where a metric decides it, holds out what the caller
/// calibrates on, then trains the final model, which the classifier is afterwards. `probe` is the head that tuning
/// starts from; null: none.
void train_tuned(const StageWork& work, const StageProbe* probe, StageOutcome& outcome);

}  // namespace tt::runs
