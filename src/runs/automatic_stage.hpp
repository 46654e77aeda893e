#pragma once

#include "runs/stage_work.hpp"

#include <cstdint>
#include <functional>

namespace tt::runs {

/// How far the budget goes. Work is counted in passes of single texts, not timed, so that what follows from it is the
/// same however busy the machine is.
struct Affordable {
  std::int64_t epochs = 0;  ///< of tuning everything, at most those asked for
  double work = 0;          ///< that they take, one at least, in multiples of encoding every text of the run once
};

/// `budget` and `epochs` as in the config. With `cross_validate`, figures are out of fold.
[[nodiscard]] Affordable afford(const StageData& data, double budget, std::int64_t epochs, bool refit,
                                bool cross_validate);

/// The policy auto: solves the head on frozen features, then tunes everything where the budget allows, and keeps that
/// unless it answers held-out texts worse by more than chance: from five texts a label on it gained 1 to 3 points on
/// Banking77's and CLINC150's training texts, and a few dozen texts held out cannot show as much. `plan` is `plan_work`
/// for settings that outlive what it returns.
[[nodiscard]] StageOutcome train_automatic(const StageSettings& settings, const StageData& data, bool cross_validate,
                                           const std::function<StageWork(const StageSettings&)>& plan);

}  // namespace tt::runs
