#pragma once

#include <cstdint>

namespace tt::report {

/// Below, no temperature is fitted and no score chosen.
inline constexpr std::int64_t kFewestTexts = 10;

}  // namespace tt::report
