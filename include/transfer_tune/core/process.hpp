#pragma once

#include <chrono>
#include <cstdint>

namespace tt {

/// By the clock that is never set.
[[nodiscard]] inline double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}
/// Seconds since this program began to run: what loading its libraries took is not counted, nor what the process was
/// before it became this program (a shell that ended with `exec`). In a forked child: since the fork.
[[nodiscard]] double seconds_since_program_start();
/// Largest resident size of this process so far.
[[nodiscard]] std::int64_t peak_rss_bytes();

/// Seconds that the process has to end by itself once a stop was asked for; safe to call from a signal handler.
[[nodiscard]] unsigned seconds_to_stop() noexcept;

/// While one lives there are more of them: for work that saves where it is first.
class MoreTimeToStop {
 public:
  explicit MoreTimeToStop(unsigned seconds);
  MoreTimeToStop(const MoreTimeToStop&) = delete;
  MoreTimeToStop& operator=(const MoreTimeToStop&) = delete;
  ~MoreTimeToStop();

 private:
  unsigned before_;
};

}  // namespace tt
