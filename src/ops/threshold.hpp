#pragma once

#include <cstdint>

namespace tt::ops {

/// The 32-bit draw from which on an element is kept.
inline std::uint32_t keep_threshold(double p) { return static_cast<std::uint32_t>(p * 4294967296.0); }

}  // namespace tt::ops
