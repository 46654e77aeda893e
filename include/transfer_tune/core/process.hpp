#pragma once

#include <cstdint>

namespace tt {

/// Seconds since this program began to run: what loading its libraries took is not counted, nor what the process was
/// before it became this program (a shell that ended with `exec`). In a forked child: since the fork.
[[nodiscard]] double seconds_since_program_start();
/// Largest resident size of this process so far.
[[nodiscard]] std::int64_t peak_rss_bytes();

}  // namespace tt
