#include "transfer_tune/core/log.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/quiet_log.hpp"

#include <atomic>
#include <csignal>
#include <map>
#include <mutex>
#include <utility>

namespace tt {
namespace {

std::mutex sink_mutex;
LogSink sink;
std::map<int, LogSink> observers;
int next_observer = 0;
int quiet_logs = 0;  // under the mutex, too

std::atomic<int> stop_signal{0};
static_assert(std::atomic<int>::is_always_lock_free, "set from a signal handler");

void log(LogLevel level, std::string_view message) {
  const std::lock_guard lock(sink_mutex);
  if (quiet_logs > 0 && level != LogLevel::error) level = LogLevel::debug;
  if (sink) sink(level, message);
  for (const auto& [number, observer] : observers) observer(level, message);
}

}  // namespace

void set_log_sink(LogSink new_sink) {
  const std::lock_guard lock(sink_mutex);
  sink = std::move(new_sink);
}

int add_log_observer(LogSink observer) {
  const std::lock_guard lock(sink_mutex);
  observers.emplace(next_observer, std::move(observer));
  return next_observer++;
}

void remove_log_observer(int observer) {
  const std::lock_guard lock(sink_mutex);
  observers.erase(observer);
}

void log_debug(std::string_view message) { log(LogLevel::debug, message); }
void log_info(std::string_view message) { log(LogLevel::info, message); }
void log_warning(std::string_view message) { log(LogLevel::warning, message); }

QuietLog::QuietLog() {
  const std::lock_guard lock(sink_mutex);
  ++quiet_logs;
}

QuietLog::~QuietLog() {
  const std::lock_guard lock(sink_mutex);
  --quiet_logs;
}

bool interrupted() noexcept { return stop_signal.load(std::memory_order_relaxed) != 0; }
void request_interrupt(int signal_number) noexcept { stop_signal.store(signal_number, std::memory_order_relaxed); }
int interrupt_signal() noexcept { return stop_signal.load(std::memory_order_relaxed); }

void throw_if_interrupted() {
  if (interrupted()) throw InterruptedError(interrupt_signal() == SIGTERM ? "terminated" : "interrupted");
}

}  // namespace tt
