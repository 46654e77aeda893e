#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <string>
#include <string_view>

namespace tt {

enum class LogLevel { debug, info, warning, error };

using LogSink = std::function<void(LogLevel, std::string_view message)>;

/// Where log lines go; nowhere until the program sets a sink. The library itself never prints.
void set_log_sink(LogSink sink);

/// Hands every line to `observer` too, until it is removed by the number that is returned.
int add_log_observer(LogSink observer);
void remove_log_observer(int observer);

void log_debug(std::string_view message);
void log_info(std::string_view message);
void log_warning(std::string_view message);

/// How far a long piece of work is.
struct Progress {
  std::string_view stage;  ///< e.g. "tokenize", "probe", "train phase 1/2"
  std::size_t done = 0;    ///< in units of `total`
  std::size_t total = 0;
  double loss = std::numeric_limits<double>::quiet_NaN();                 ///< latest training loss; NaN: none
  double examples_per_second = std::numeric_limits<double>::quiet_NaN();  ///< NaN: not measured
};

/// Called often; the receiver limits how often it draws. May be empty.
using ProgressCallback = std::function<void(const Progress&)>;

/// True once the user has asked to stop (Ctrl-C, SIGTERM). Long loops ask `throw_if_interrupted` at each step.
[[nodiscard]] bool interrupted() noexcept;
/// Records a stop request; safe to call from a signal handler.
void request_interrupt(int signal_number) noexcept;
/// The signal recorded last, 0 if none.
[[nodiscard]] int interrupt_signal() noexcept;
/// Throws `InterruptedError` once a stop was asked for.
void throw_if_interrupted();

}  // namespace tt
