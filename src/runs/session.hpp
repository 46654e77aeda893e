#pragma once

#include "runs/run_state.hpp"
#include "transfer_tune/config/run_config.hpp"
#include "transfer_tune/core/log.hpp"
#include "transfer_tune/core/process.hpp"
#include "transfer_tune/device/device.hpp"
#include "transfer_tune/record/run_report.hpp"
#include "transfer_tune/runs/commands.hpp"
#include "transfer_tune/training/activation_store.hpp"

#include <chrono>
#include <filesystem>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace tt::runs {

/// What a run notes on its way: how long its parts took, and what it warns of.
class Journal {
 public:
  /// Does `work` as the part `name`; returns what it returns.
  template <class Work>
  auto timed(const char* name, const Work& work) {
    const auto start = std::chrono::steady_clock::now();
    const auto note = [&] {
      const double seconds = seconds_since(start);
      timing_.stages.push_back({name, seconds});
    };
    if constexpr (std::is_void_v<std::invoke_result_t<Work>>) {
      work();
      note();
    } else {
      auto result = work();
      note();
      return result;
    }
  }
  void warn(const std::string& text);
  /// Called whenever something computes; the first time counts.
  void note_forward();

  [[nodiscard]] const report::TimingReport& timing() const noexcept { return timing_; }
  [[nodiscard]] const std::vector<std::string>& warnings() const noexcept { return warnings_; }

 private:
  report::TimingReport timing_;
  std::vector<std::string> warnings_;
};

/// What a run with these settings computes on.
[[nodiscard]] report::EnvironmentReport environment_of(const config::TrainingConfig& training);

/// What the steps of an adaptation work with: where they compute, keep and note things. Nothing of it is a result.
struct Session {
  /// Takes the device as the config asks for it; results of earlier runs are reused, and this run's kept, as `options`
  /// say.
  Session(const config::RunConfig& run_config, const AdaptOptions& options, std::filesystem::path directory,
          RunState& run_state);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() = default;

  const config::RunConfig& config;
  bool cache;
  std::filesystem::path out;  ///< the directory that the run's files go to
  std::string started_at;     ///< UTC, ISO 8601
  device::Effective effective;
  report::EnvironmentReport environment;
  std::string environment_key;  ///< all of it that results depend on
  Journal journal;
  training::ActivationStore store;
  RunState& state;
  ProgressCallback progress;
};

}  // namespace tt::runs
