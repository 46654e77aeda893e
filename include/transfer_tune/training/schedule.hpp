#pragma once

#include <cstdint>

namespace tt::training {

enum class Schedule { linear, cosine, constant };

/// The factor on every learning rate at `step` (0-based) of `total`: rising linearly over the first `warmup` steps,
/// then constant, falling linearly to 0, or by half a cosine wave; the formulas of transformers' schedules.
[[nodiscard]] double schedule_factor(Schedule schedule, std::int64_t step, std::int64_t total, std::int64_t warmup);

/// Steps over which rates rise: ceil(ratio·total), as in transformers, but never all of them, so that the last step
/// of even the shortest phase has its whole rate.
[[nodiscard]] std::int64_t warmup_steps(double ratio, std::int64_t total);

}  // namespace tt::training
