#include "cli/console.hpp"

#include "cli/progress_line.hpp"
#include "transfer_tune/core/process.hpp"
#include "transfer_tune/render/printable.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <utility>

namespace tt::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kRedrawSeconds = 0.1;
constexpr double kPlainLineSeconds = 10;
constexpr double kWorthALineSeconds = 1;

bool variable_is_set(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return value != nullptr && *value != '\0';
}

std::size_t terminal_width() {
  ::winsize size{};
  constexpr std::size_t kUsualWidth = 80;
  // A line as wide as the terminal would wrap.
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;  // NOLINT
  return (known ? size.ws_col : kUsualWidth) - 1;
}

spdlog::logger make_logger(bool quiet) {
  // See https://no-color.org; `automatic` colours a terminal only.
  const auto mode = variable_is_set("NO_COLOR") ? spdlog::color_mode::never : spdlog::color_mode::automatic;
  spdlog::logger logger("transfer-tune", std::make_shared<spdlog::sinks::stderr_color_sink_st>(mode));
  logger.set_pattern("%H:%M:%S %^%l%$ %v");
  logger.set_level(quiet ? spdlog::level::warn : spdlog::level::info);
  // A log that cannot be written must not stop the work.
  logger.set_error_handler([](const std::string&) {});
  return logger;
}

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      break;
  }
  return spdlog::level::err;
}

}  // namespace

struct Console::Impl {
  explicit Impl(bool quiet_run) : quiet(quiet_run), logger(make_logger(quiet_run)) {}

  void log(LogLevel level, std::string_view message) {
    const std::lock_guard lock(mutex);
    clear_bar();
    logger.log(to_spdlog(level), "{}", report::printable_lines(message));
    logger.flush();
  }

  void show(const Progress& progress) {
    if (quiet) return;
    const std::lock_guard lock(mutex);
    if (stage != progress.stage || progress.done < last_done) begin_stage(progress.stage);
    last_done = progress.done;
    if (is_terminal) {
      draw_bar(progress);
    } else {
      log_progress(progress);
    }
  }

  void begin_stage(std::string_view name) {
    clear_bar();
    stage = name;
    stage_start = Clock::now();
    last_shown = is_terminal ? Clock::time_point{} : stage_start;
    finished = false;
  }

  void draw_bar(const Progress& progress) {
    const bool done = progress.done >= progress.total;
    if (!done && seconds_since(last_shown) < kRedrawSeconds) return;
    last_shown = Clock::now();
    clear_bar();
    std::fputs(bar_line(progress, seconds_since(stage_start), terminal_width()).c_str(), stderr);
    std::fflush(stderr);
    bar_drawn = true;
  }

  void log_progress(const Progress& progress) {
    const double elapsed = seconds_since(stage_start);
    const bool ends_now = progress.done >= progress.total && !std::exchange(finished, progress.done >= progress.total);
    if (!(ends_now && elapsed >= kWorthALineSeconds) && seconds_since(last_shown) < kPlainLineSeconds) return;
    last_shown = Clock::now();
    logger.info("{}", plain_line(progress, elapsed));
    logger.flush();
  }

  void clear_bar() {
    if (!bar_drawn) return;
    std::fputs("\r\x1b[K", stderr);
    std::fflush(stderr);
    bar_drawn = false;
  }

  const bool quiet;
  const bool is_terminal = ::isatty(STDERR_FILENO) == 1;
  std::mutex mutex;
  spdlog::logger logger;
  std::string stage;
  Clock::time_point stage_start;
  Clock::time_point last_shown;
  std::size_t last_done = 0;
  bool finished = false;
  bool bar_drawn = false;
};

Console::Console(bool quiet) : impl_(std::make_unique<Impl>(quiet)) {
  set_log_sink([impl = impl_.get()](LogLevel level, std::string_view message) { impl->log(level, message); });
}

Console::~Console() {
  set_log_sink({});
  impl_->clear_bar();
}

ProgressCallback Console::progress() {
  return [impl = impl_.get()](const Progress& progress) { impl->show(progress); };
}

}  // namespace tt::cli
