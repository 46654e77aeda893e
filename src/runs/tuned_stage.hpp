#pragma once

#include "runs/stage_probe.hpp"

#include <cstddef>
#include <functional>

namespace tt::runs {

/// Whether tuning goes on, asked once a fit has not seen `held_out` texts: its rows have what they scored, the solved
/// head's first.
using Approval = std::function<bool(const std::vector<training::EpochRow>& rows, std::size_t held_out)>;

/// Everything that steps weights: chooses the number of epochs where a metric decides it, holds out what the caller
/// calibrates on, then trains the final model, which the classifier is afterwards. `probe` is the head that tuning
/// starts from; null: none. Without `approved`, where it is given, the classifier is as it was, nothing has been shown,
/// and the result is false.
bool train_tuned(const StageWork& work, const StageProbe* probe, StageOutcome& outcome, const Approval& approved = {});

}  // namespace tt::runs
