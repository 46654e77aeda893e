#include "runs/run_log.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

namespace tt::runs {
namespace {

const char* name_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warning:
      return "warning";
    case LogLevel::error:
      return "error";
  }
  return "unknown";
}

}  // namespace

RunLog::RunLog(const std::filesystem::path& file) : out_(file) {
  observer_ = add_log_observer([this](LogLevel level, std::string_view message) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const double seconds = std::chrono::duration<double>(now).count();
    const nlohmann::ordered_json line{{"time", seconds}, {"level", name_of(level)}, {"message", message}};
    if (!problem_.empty()) return;
    try {
      out_.write(line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n');
      out_.flush();
    } catch (const IoError& error) {
      problem_ = error.what();
    }
  });
}

RunLog::~RunLog() { stop(); }

void RunLog::stop() {
  if (observer_ >= 0) remove_log_observer(std::exchange(observer_, -1));
}

void RunLog::close() {
  stop();
  if (!problem_.empty()) throw IoError(problem_);
  out_.close();
}

}  // namespace tt::runs
