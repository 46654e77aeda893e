#include "runs/search.hpp"

#include "runs/adaptation.hpp"
#include "runs/outputs.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/output_directory.hpp"
#include "transfer_tune/core/process.hpp"
#include "transfer_tune/core/quiet_log.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

namespace tt::runs {
namespace {

namespace fs = std::filesystem;

/// Fewer texts a label tell little of what more of them need.
constexpr double kLeastShots = 3;

/// A trial's own config: the validation file takes the place of the test file, or folds do.
config::RunConfig held_out_config(const config::RunConfig& trial) {
  config::RunConfig out = trial;
  out.target.test = std::exchange(out.target.validation, std::nullopt);
  out.evaluation.slice_by.clear();
  out.evaluation.latency = false;
  out.evaluation.out_of_scope.test.reset();
  out.evaluation.out_of_scope.validation.reset();
  out.training.tensorboard = false;
  return out;
}

std::string words_of(const std::vector<report::SearchedValueReport>& settings) {
  if (settings.empty()) return "the config as it stands";
  std::vector<std::string> words;
  words.reserve(settings.size());
  for (const auto& [setting, value] : settings) words.push_back(concat(setting, '=', value));
  return join(words, ", ");
}

/// Trials of one config: what they share, and what they come to.
class Search {
 public:
  Search(const config::RunConfig& config, const AdaptOptions& options, fs::path directory, RunState& state)
      : config_(config),
        options_(options),
        directory_(std::move(directory)),
        state_(state),
        trials_(config::search_trials(config)) {}

  Searched run() {
    const auto start = std::chrono::steady_clock::now();
    report_.method = config::to_string(asked().method);
    std::vector<std::size_t> order(trials_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    look_at_data();
    for (const std::int64_t shots : rungs()) order = best_of(try_all(order, shots), shots == 0);
    const std::size_t chosen = order.front();
    report_.seconds = seconds_since(start);
    log_info(concat("search: ", report_.reason));
    return {std::move(trials_[chosen].config), std::move(report_)};
  }

 private:
  [[nodiscard]] const config::SearchConfig& asked() const { return *config_.search; }

  /// How much there is to try on, and by which figure it is told.
  void look_at_data() {
    const config::RunConfig config = held_out_config(trials_.front().config);
    Session session(config, options_, directory_, state_);
    const Loaded loaded = load(session);
    if (loaded.measured().size() == 0) {
      throw DataError(concat(config_.file.string(), ": /search: found no text to hold out, expected ",
                             "target.validation, or a label with two training texts"));
    }
    report_.metric = asked().metric.value_or(loaded.data.train.multi_label ? "micro_f1" : "accuracy");
    report_.held_out = static_cast<std::int64_t>(loaded.measured().size());
    report_.cross_validated = !loaded.data.test;
    texts_per_label_ = static_cast<double>(loaded.data.train.size()) / static_cast<double>(loaded.data.labels.size());
  }

  /// Texts a label that trials train on, one stage after the other; 0, the last: all.
  [[nodiscard]] std::vector<std::int64_t> rungs() const {
    std::vector<std::int64_t> out{0};
    if (asked().method != config::SearchMethod::halving) return out;
    const auto factor = static_cast<double>(asked().factor);
    double shots = texts_per_label_ / factor;
    for (double left = static_cast<double>(trials_.size()); left > factor && shots >= kLeastShots; left /= factor) {
      out.insert(out.begin(), std::llround(shots));
      shots /= factor;
    }
    return out;
  }

  /// Tries some of the trials, and returns them beside their places in the report.
  std::vector<std::pair<std::size_t, std::size_t>> try_all(const std::vector<std::size_t>& numbers,
                                                           std::int64_t shots) {
    std::vector<std::pair<std::size_t, std::size_t>> out;
    for (const std::size_t number : numbers) {
      report::SearchTrialReport trial = try_one(number, shots,
                                                concat("search, trial ", out.size() + 1, " of ", numbers.size(),
                                                       shots == 0 ? "" : concat(" on ", shots, " texts a label")));
      out.emplace_back(number, report_.trials.size());
      report_.trials.push_back(std::move(trial));
    }
    return out;
  }

  report::SearchTrialReport try_one(std::size_t number, std::int64_t shots, const std::string& name) {
    const config::SearchTrial& trial = trials_[number];
    config::RunConfig config = held_out_config(trial.config);
    if (shots > 0) config.target.shots = shots;
    report::SearchTrialReport out;
    try {
      Session session(config, options_, directory_, state_);
      const fs::path kept = cache_directory() / "trials" / run_key(config, session.environment_key, hashes_);
      const std::optional<report::SearchTrialReport> known = options_.cache ? read(kept) : std::nullopt;
      if (!known) state_.enter(concat("trial ", number, shots == 0 ? "" : concat(" on ", shots, " texts a label")));
      out = known ? *known : train(session);
      out.reused = known.has_value();
      if (options_.cache && !known) keep(kept, out);
    } catch (const InterruptedError&) {
      throw;
    } catch (const Error& error) {
      if (trial.overrides.empty()) throw;
      out.failure = error.what();
    }
    out.shots = shots;
    for (const auto& [setting, value] : trial.overrides) out.settings.push_back({setting, value});
    const std::string result = out.failure.empty() ? concat(report_.metric, ' ', report::figure_of(out, report_.metric))
                                                   : concat("failed: ", out.failure);
    log_info(concat(name, " (", words_of(out.settings), "): ", result, out.reused ? ", as tried before" : ""));
    return out;
  }

  /// What was kept of a trial; nothing where there is none, or it is damaged.
  static std::optional<report::SearchTrialReport> read(const fs::path& kept) {
    if (!fs::exists(kept)) return std::nullopt;
    try {
      require_whole(kept);
      return report::read_search_trial(read_file(kept / kTrialName, ErrorKind::checkpoint));
    } catch (const Error& error) {
      log_warning(concat(kept.string(), ": this trial is made again: ", error.what()));
      return std::nullopt;
    }
  }

  static void keep(const fs::path& kept, const report::SearchTrialReport& trial) {
    try {
      fill_cache_entry(kept, trial_files(),
                       [&](const fs::path& partial) { write_file(partial / kTrialName, report::to_json(trial)); });
    } catch (const IoError& error) {
      log_warning(concat("this trial is not kept on disk: ", error.what()));
    }
  }

  static report::SearchTrialReport train(Session& session) {
    const QuietLog quiet;  // the run says of its data what each trial would
    const auto start = std::chrono::steady_clock::now();
    const Loaded loaded = load(session);
    model::Classifier classifier = make_classifier(session, loaded);
    const Untuned untuned = measure_floors(session, loaded, classifier);
    const Trained trained = runs::train(session, loaded, std::move(classifier));
    const Figures figures = measure(session, loaded, untuned, trained);
    const report::EvaluationReport& measured = figures.measured.value();
    report::SearchTrialReport out;
    out.accuracy = measured.accuracy;
    out.micro_f1 = measured.micro.f1;
    out.macro_f1 = measured.macro.f1;
    out.log_loss = measured.log_loss;
    out.seconds = seconds_since(start);
    return out;
  }

  /// Those of the tried that go on, best first, each with the config as it stands among them; the last time, the one
  /// chosen.
  std::vector<std::size_t> best_of(std::vector<std::pair<std::size_t, std::size_t>> tried, bool last) {
    const auto better = [&](const auto& one, const auto& other) {
      return report::is_better(report_.trials[one.second], report_.trials[other.second], report_.metric);
    };
    const std::pair<std::size_t, std::size_t> own = tried.front();
    std::stable_sort(tried.begin(), tried.end(), better);
    if (last) {
      report_.chosen = static_cast<std::int64_t>(tried.front().second);
      report_.reason = reason(report_.trials[tried.front().second], report_.trials[own.second]);
      return {tried.front().first};
    }
    const std::size_t factor = static_cast<std::size_t>(asked().factor);
    std::vector<std::size_t> out{own.first};
    for (const auto& [number, place] : tried) {
      if (out.size() < (tried.size() + factor - 1) / factor && number != own.first) out.push_back(number);
    }
    return out;
  }

  [[nodiscard]] std::string reason(const report::SearchTrialReport& best, const report::SearchTrialReport& own) const {
    const std::string& metric = report_.metric;
    if (best.settings.empty()) return "No other settings had a better " + metric + " on the texts held out.";
    const double texts = static_cast<double>(report_.held_out);
    std::string out =
        concat("The best ", metric, " on the texts held out: ", report::fixed(report::figure_of(best, metric), 3),
               ", with the config as it stands ", report::fixed(report::figure_of(own, metric), 3), ".");
    // Of several figures the best is partly lucky; half of the wrong answers are taken to be wrong under both.
    const double chance = std::sqrt((2 - best.accuracy - own.accuracy) / 2 / texts);
    if (best.accuracy - own.accuracy < 2 * chance) {
      out += concat(" So few texts cannot tell them apart: by chance alone accuracies are ", report::fixed(chance, 3),
                    " apart.");
    }
    return out;
  }

  const config::RunConfig& config_;
  const AdaptOptions& options_;
  fs::path directory_;
  RunState& state_;
  std::vector<config::SearchTrial> trials_;
  KnownHashes hashes_;
  double texts_per_label_ = 0;
  report::SearchReport report_;
};

}  // namespace

Searched search(const config::RunConfig& config, const AdaptOptions& options, const fs::path& directory,
                RunState& state) {
  return Search(config, options, directory, state).run();
}

}  // namespace tt::runs
