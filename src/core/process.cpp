#include "transfer_tune/core/process.hpp"

#include <pthread.h>
#include <sys/resource.h>

#include <atomic>
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

std::atomic<unsigned> stop_seconds{1};
static_assert(std::atomic<unsigned>::is_always_lock_free, "read in a signal handler");

}  // namespace

unsigned seconds_to_stop() noexcept { return stop_seconds.load(std::memory_order_relaxed); }

MoreTimeToStop::MoreTimeToStop(unsigned seconds) : before_(stop_seconds.exchange(seconds)) {}
MoreTimeToStop::~MoreTimeToStop() { stop_seconds.store(before_); }

double seconds_since_program_start() { return seconds_since(start()); }

std::int64_t peak_rss_bytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::int64_t>(usage.ru_maxrss) * 1024;
}

}  // namespace tt
