#include "transfer_tune/training/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tt::training {

double schedule_factor(Schedule schedule, std::int64_t step, std::int64_t total, std::int64_t warmup) {
  if (step < warmup) return static_cast<double>(step) / static_cast<double>(std::max<std::int64_t>(1, warmup));
  const double progress =
      static_cast<double>(step - warmup) / static_cast<double>(std::max<std::int64_t>(1, total - warmup));
  switch (schedule) {
    case Schedule::linear:
      return std::max(0.0, 1.0 - progress);
    case Schedule::cosine:
      return std::max(0.0, 0.5 * (1.0 + std::cos(std::numbers::pi * progress)));
    case Schedule::constant:
      return 1.0;
  }
  return 1.0;
}

std::int64_t warmup_steps(double ratio, std::int64_t total) {
  const auto asked = static_cast<std::int64_t>(std::ceil(ratio * static_cast<double>(total)));
  return std::min(asked, total - 1);
}

}  // namespace tt::training
