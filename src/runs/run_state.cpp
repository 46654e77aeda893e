#include "runs/run_state.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/json.hpp"
#include "transfer_tune/core/log.hpp"
#include "transfer_tune/core/process.hpp"
#include "transfer_tune/core/text.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

namespace tt::runs {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::int64_t kFormat = 1;
/// An interrupted run that is no older is not worth a state, unless states are asked for by steps.
constexpr double kWorthSeconds = 5;
/// A fit that has ended is kept when the last state is older: what is made of its weights comes before the next step.
constexpr double kEndSeconds = 60;
/// For the step at work to end, and its state to be written, once a stop was asked for.
constexpr unsigned kSecondsToSave = 120;
constexpr double kSecondsAMinute = 60;

std::string file_of(std::size_t slot, const char* ending) { return concat(slot, ending); }

/// Tensors by names that begin with `prefix`, under the rest of them.
checkpoint::NamedTensors under(const checkpoint::NamedTensors& tensors, const std::string& prefix) {
  checkpoint::NamedTensors out;
  for (auto at = tensors.lower_bound(prefix); at != tensors.end() && at->first.starts_with(prefix); ++at) {
    out.emplace(at->first.substr(prefix.size()), at->second);
  }
  return out;
}

/// Names and paths may be of any bytes.
std::string text_of(const json& value, int indent = -1) {
  return value.dump(indent, ' ', false, json::error_handler_t::replace);
}

/// A state's JSON file, as far as it is whole.
struct Record {
  std::size_t slot = 0;
  json content;
  [[nodiscard]] std::uint64_t number() const { return content.at("number").get<std::uint64_t>(); }
};

/// Throws `CheckpointError`, or what nlohmann's JSON throws.
Record read_record(const fs::path& directory, std::size_t slot) {
  const fs::path file = directory / file_of(slot, ".json");
  const json document = read_json_object(file, ErrorKind::checkpoint);
  Record record{slot, document.at("state")};
  if (document.at("sha256") != sha256_hex(text_of(record.content))) throw CheckpointError("its JSON file has changed");
  if (record.content.at("format") != kFormat) throw CheckpointError("found another version's format");
  (void)record.number();
  return record;
}

std::string words_of(const report::ResumedReport& place) {
  return concat(place.fit, ", epoch ", place.epoch + 1, ", after step ", place.step);
}

}  // namespace

std::vector<std::string> state_files() {
  std::vector<std::string> names;
  for (std::size_t slot = 0; slot < kStateSlots; ++slot) {
    for (const char* ending : {".safetensors", ".json"}) names.push_back("state/" + file_of(slot, ending));
  }
  return names;
}

/// Of one fit: asks when, and knows under which name.
class RunState::Keeper : public training::FitKeeper {
 public:
  Keeper(RunState& state, std::string fit, bool keeps_end)
      : state_(state), fit_(std::move(fit)), keeps_end_(keeps_end) {}

  [[nodiscard]] bool wants(bool ended) override {
    has_ended_ = ended;
    is_due_ = state_.is_due(ended);
    return is_due_ || (ended && keeps_end_);
  }
  void keep(const training::TrainState& state) override {
    if (std::exchange(is_due_, false) || (!has_ended_ && state_.is_last_chance())) state_.save(fit_, state);
    if (!has_ended_ || !keeps_end_) return;
    training::TrainState end = state;
    end.optimizer = {};
    end_ = training::to_tensors(end);
  }
  /// The fit's state without a step left, with its weights; empty: it is not kept.
  [[nodiscard]] checkpoint::NamedTensors take_end() { return std::move(end_); }

 private:
  RunState& state_;
  std::string fit_;
  bool keeps_end_;
  bool has_ended_ = false;
  bool is_due_ = false;
  checkpoint::NamedTensors end_;
};

RunState::RunState(fs::path directory, const SaveOptions& options, std::function<std::string()> identity)
    : directory_(std::move(directory)), options_(options), identity_(std::move(identity)) {}

bool RunState::is_there() const {
  std::error_code ignored;
  for (std::size_t slot = 0; slot < kStateSlots; ++slot) {
    if (fs::exists(directory_ / file_of(slot, ".json"), ignored)) return true;
  }
  return false;
}

std::optional<std::string> RunState::load() {
  std::vector<Record> records;
  const auto warn = [&](std::size_t slot, const std::string& what) {
    log_warning(concat((directory_ / file_of(slot, ".json")).string(), ": this saved state is left aside: ", what));
  };
  for (std::size_t slot = 0; slot < kStateSlots; ++slot) {
    std::error_code ignored;
    if (!fs::exists(directory_ / file_of(slot, ".json"), ignored)) continue;
    try {
      records.push_back(read_record(directory_, slot));
    } catch (const std::exception& error) {
      warn(slot, error.what());
    }
  }
  std::ranges::sort(records, [](const Record& a, const Record& b) { return a.number() > b.number(); });
  for (const Record& record : records) {
    const fs::path file = directory_ / file_of(record.slot, ".safetensors");
    try {
      const json& content = record.content;
      if (sha256_of_file(file, ErrorKind::checkpoint) != content.at("sha256")) {
        throw CheckpointError("its safetensors file has changed, or was not written whole");
      }
      const checkpoint::NamedTensors tensors = checkpoint::read_safetensors(file);
      std::map<std::string, checkpoint::NamedTensors> done;
      const auto names = content.at("done").get<std::vector<std::string>>();
      for (std::size_t i = 0; i < names.size(); ++i) {
        // The file is written over before long.
        for (const auto& [name, tensor] : under(tensors, concat("done.", i, '.'))) {
          done[names[i]].emplace(name, tensor.clone());
        }
      }
      std::vector<report::ResumedReport> resumed;
      for (const json& place : content.at("resumed")) {
        resumed.push_back({place.at("fit"), place.at("epoch"), place.at("step")});
      }
      part_ = content.at("part").get<std::string>();
      running_ = content.at("fit").get<std::string>();
      earlier_seconds_ = content.at("seconds").get<double>();
      number_ = record.number();
      last_slot_ = record.slot;
      done_ = std::move(done);
      running_state_.clear();
      for (const auto& [name, tensor] : under(tensors, "fit.")) running_state_.emplace(name, tensor.clone());
      resumed_ = std::move(resumed);
      resumed_.push_back({running_, content.at("epoch"), content.at("step")});
      last_saved_ = words_of(resumed_.back());
      return content.at("identity").get<std::string>();
    } catch (const std::exception& error) {
      warn(record.slot, error.what());
    }
  }
  return std::nullopt;
}

void RunState::forget() {
  part_.clear();
  done_.clear();
  running_.clear();
  running_state_.clear();
  resumed_.clear();
  earlier_seconds_ = 0;
  last_saved_.clear();
}

void RunState::enter(const std::string& part) {
  counts_.clear();
  if (std::exchange(part_, part) == part) return;
  done_.clear();
  running_.clear();
  running_state_.clear();
}

std::string RunState::name_of(const std::string& what) {
  return concat(part_, part_.empty() ? "" : ", ", what, ' ', ++counts_[what]);
}

training::TrainState RunState::fit(
    const std::string& stage, FitUse use,
    const std::function<training::TrainState(training::FitKeeper*, training::TrainState)>& run) {
  if (directory_.empty()) return run(nullptr, {});
  const MoreTimeToStop more_time(kSecondsToSave);
  const std::string name = name_of(stage);
  if (const auto done = done_.find(name); done != done_.end()) {
    training::TrainState state = training::from_tensors(done->second);
    log_info(concat(name, use == FitUse::figures ? ": done before" : ": trained before"));
    return use == FitUse::figures ? state : run(nullptr, std::move(state));
  }
  training::TrainState from;
  if (name == running_) {
    from = training::from_tensors(std::exchange(running_state_, {}));
    running_.clear();
    log_info(concat(name, ": goes on in epoch ", from.epoch + 1, ", after step ", from.steps));
  }
  Keeper keeper(*this, name, use == FitUse::kept);
  training::TrainState state = run(&keeper, std::move(from));
  if (use == FitUse::kept) {
    done_[name] = keeper.take_end();
  } else if (use == FitUse::figures) {
    training::TrainState figures = state;
    figures.optimizer = {};
    figures.starts.clear();
    if (figures.best) figures.best->weights.values.clear();
    done_[name] = training::to_tensors(figures);
  }
  return state;
}

checkpoint::NamedTensors RunState::once(const std::string& name,
                                        const std::function<checkpoint::NamedTensors()>& make) {
  if (directory_.empty()) return make();
  const std::string numbered = name_of(name);
  const auto done = done_.find(numbered);
  return done != done_.end() ? done->second : done_.emplace(numbered, make()).first->second;
}

bool RunState::is_last_chance() const {
  return interrupted() && (options_.steps > 0 || seconds_since(started_at_) >= kWorthSeconds);
}

bool RunState::is_due(bool ended) {
  if (!ended) ++steps_;
  if (is_last_chance()) return true;
  if (options_.steps > 0 && steps_ >= options_.steps) return true;
  if (options_.minutes <= 0) return false;
  const double seconds = options_.minutes * kSecondsAMinute;
  return seconds_since(saved_at_) >= (ended ? std::min(seconds, kEndSeconds) : seconds);
}

void RunState::save(const std::string& fit, const training::TrainState& state) {
  try {
    write(fit, state);
    last_saved_ = words_of({fit, state.epoch, state.steps});
    log_info(concat("saved: ", last_saved_));
  } catch (const Error& error) {
    // A run is worth more than what it could go on from.
    log_warning(concat("where the run is cannot be saved: ", error.what()));
  }
  steps_ = 0;
  saved_at_ = Clock::now();
}

void RunState::write(const std::string& fit, const training::TrainState& state) {
  if (identity_text_.empty()) identity_text_ = identity_();
  checkpoint::NamedTensors tensors;
  for (const auto& [name, tensor] : training::to_tensors(state, true)) tensors.emplace("fit." + name, tensor);
  json names = json::array();
  for (const auto& [name, record] : done_) {
    for (const auto& [part, tensor] : record) tensors.emplace(concat("done.", names.size(), '.', part), tensor);
    names.push_back(name);
  }
  json places = json::array();
  for (const report::ResumedReport& place : resumed_) {
    places.push_back({{"fit", place.fit}, {"epoch", place.epoch}, {"step", place.step}});
  }
  const std::uint64_t number = number_ + 1;
  const std::size_t slots = options_.total_limit + 1;
  std::size_t slot = number % slots;
  if (slot == last_slot_) slot = (slot + 1) % slots;  // `total_limit` may have been another
  make_directories(directory_);
  const fs::path file = directory_ / file_of(slot, ".safetensors");
  checkpoint::write_safetensors(file, tensors);
  const json content{{"format", kFormat},
                     {"number", number},
                     {"part", part_},
                     {"fit", fit},
                     {"epoch", state.epoch},
                     {"step", state.steps},
                     {"done", std::move(names)},
                     {"resumed", std::move(places)},
                     {"seconds", earlier_seconds_ + seconds_since_program_start()},
                     {"identity", identity_text_},
                     {"sha256", sha256_of_file(file, ErrorKind::io)}};
  write_file(directory_ / file_of(slot, ".json"),
             text_of({{"sha256", sha256_hex(text_of(content))}, {"state", content}}, 1) + '\n');
  sync_directory(directory_);
  number_ = number;
  last_slot_ = slot;
}

}  // namespace tt::runs
