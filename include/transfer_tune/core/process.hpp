#pragma once

#include <cstdint>

namespace tt {

/// Seconds since this process was started.
[[nodiscard]] double seconds_since_process_start();
/// Largest resident size of this process so far.
[[nodiscard]] std::int64_t peak_rss_bytes();

}  // namespace tt
