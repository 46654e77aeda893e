#pragma once

#include "runs/stage_probe.hpp"

namespace tt::runs {

/// The frozen case: the head is solved on features that are computed once, nothing is stepped. The classifier is the
/// final one afterwards.
void train_solved(const StageWork& work, const StageProbe& probe, StageOutcome& outcome);

}  // namespace tt::runs
