#include "transfer_tune/core/process.hpp"

#include <pthread.h>
#include <sys/resource.h>

#include <chrono>

namespace tt {
namespace {

using Clock = std::chrono::steady_clock;

/// /proc/self/stat has the process's start, but `exec` keeps it: there the program would have begun with its shell.
Clock::time_point& start() noexcept {
  static Clock::time_point time = Clock::now();
  return time;
}

/// Reads it before main, and anew in each forked child.
[[maybe_unused]] const bool kReadEarly = [] {
  (void)start();
  return ::pthread_atfork(nullptr, nullptr, [] { start() = Clock::now(); }) == 0;
}();

}  // namespace

double seconds_since_program_start() { return std::chrono::duration<double>(Clock::now() - start()).count(); }

std::int64_t peak_rss_bytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::int64_t>(usage.ru_maxrss) * 1024;
}

}  // namespace tt
