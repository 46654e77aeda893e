#pragma once

#include "runs/stage_work.hpp"

#include <functional>

namespace tt::runs {

/// The policy auto: solves the head on frozen features, then tunes everything where the budget allows, and keeps what
/// answers held-out texts better. `plan` is `plan_work` for settings that outlive what it returns.
[[nodiscard]] StageOutcome train_automatic(const StageSettings& settings, const StageData& data, bool cross_validate,
                                           const std::function<StageWork(const StageSettings&)>& plan);

}  // namespace tt::runs
