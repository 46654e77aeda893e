#include "runs/run_log.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

#include <chrono>
#include <nlohmann/json.hpp>

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
  if (!out_) throw IoError(concat(file.string(), ": cannot create the log"));
  observer_ = add_log_observer([this](LogLevel level, std::string_view message) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const double seconds = std::chrono::duration<double>(now).count();
    const nlohmann::ordered_json line{{"time", seconds}, {"level", name_of(level)}, {"message", message}};
    out_ << line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n' << std::flush;
  });
}

RunLog::~RunLog() { remove_log_observer(observer_); }

}  // namespace tt::runs
