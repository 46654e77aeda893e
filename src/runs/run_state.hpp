#pragma once

#include "transfer_tune/checkpoint/safetensors.hpp"
#include "transfer_tune/record/run_report.hpp"
#include "transfer_tune/training/fit.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tt::runs {

/// The most states that are kept at once, and the one that is being written.
inline constexpr std::size_t kStateSlots = 9;
/// The files that states consist of, as paths in a run's directory.
[[nodiscard]] std::vector<std::string> state_files();

/// When states are saved, and how many are kept.
struct SaveOptions {
  std::int64_t steps = 0;       ///< between two; 0: by minutes alone
  double minutes = 5;           ///< between two; 0: by steps alone
  std::size_t total_limit = 1;  ///< kept
};

/// What becomes of a fit when it has ended.
enum class FitUse {
  figures,  ///< its rows, and what `RunState::once` makes of its weights
  model,    ///< its weights are those of the stage
  kept      ///< likewise, and other fits come in between
};

/// What a run has done so far, so that another process goes on from there. A run does the same work in the same order
/// whenever it starts with the same inputs: what is cheap is done again, and what is not, fits and what is made of
/// their weights, is taken from here by its name and number. A state is a safetensors file and a JSON file with its
/// hash; each is written over the oldest, so that one is whole at any moment.
class RunState {
 public:
  /// Keeps nothing.
  RunState() = default;
  /// Keeps states in `directory`. `identity`, asked once where one is needed, says in JSON what they depend on.
  RunState(std::filesystem::path directory, const SaveOptions& options, std::function<std::string()> identity);
  RunState(const RunState&) = delete;
  RunState& operator=(const RunState&) = delete;
  ~RunState() = default;

  /// Whether an earlier process left a state, whole or not.
  [[nodiscard]] bool is_there() const;
  /// Reads the last whole state and returns its identity; nothing where there is none. Damaged ones are warned of.
  [[nodiscard]] std::optional<std::string> load();
  /// The loaded state is not to be used.
  void forget();

  /// What follows is `part` of the run: names begin anew, and other parts' work is dropped.
  void enter(const std::string& part);
  /// A fit of `stage`: what `run` makes of a keeper, and of the state that it is to go on from.
  training::TrainState fit(const std::string& stage, FitUse use,
                           const std::function<training::TrainState(training::FitKeeper*, training::TrainState)>& run);
  /// What `make` makes of a fit's weights, small, under a name that comes in the same order in every run.
  checkpoint::NamedTensors once(const std::string& name, const std::function<checkpoint::NamedTensors()>& make);

  /// Where the run was gone on with; empty: it was not.
  [[nodiscard]] const std::vector<report::ResumedReport>& resumed() const noexcept { return resumed_; }
  /// Of the sittings before this one.
  [[nodiscard]] double earlier_seconds() const noexcept { return earlier_seconds_; }
  /// The last state that this process saved or loaded, in words; empty: none.
  [[nodiscard]] const std::string& last_saved() const noexcept { return last_saved_; }

 private:
  class Keeper;
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] bool is_due(bool ended);
  /// Whether the run is to stop, and what it has done is worth a state.
  [[nodiscard]] bool is_last_chance() const;
  void save(const std::string& fit, const training::TrainState& state);
  void write(const std::string& fit, const training::TrainState& state);
  [[nodiscard]] std::string name_of(const std::string& what);

  std::filesystem::path directory_;  ///< empty: nothing is kept
  SaveOptions options_;
  std::function<std::string()> identity_;
  std::string identity_text_;
  std::string part_;
  std::map<std::string, std::size_t> counts_;             ///< of each name so far
  std::map<std::string, checkpoint::NamedTensors> done_;  ///< by name and number
  std::string running_;                                   ///< the fit that a loaded state is in
  checkpoint::NamedTensors running_state_;
  std::uint64_t number_ = 0;  ///< of the last state
  std::size_t last_slot_ = kStateSlots;
  std::int64_t steps_ = 0;  ///< since it
  Clock::time_point saved_at_ = Clock::now();
  Clock::time_point started_at_ = Clock::now();
  std::vector<report::ResumedReport> resumed_;
  double earlier_seconds_ = 0;
  std::string last_saved_;
};

}  // namespace tt::runs
