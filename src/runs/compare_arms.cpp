#include "runs/comparison_directory.hpp"
#include "runs/fingerprints.hpp"
#include "runs/finished_runs.hpp"
#include "runs/gates.hpp"
#include "runs/outputs.hpp"
#include "runs/run_apart.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/log.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/runs/commands.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace tt::runs {
namespace {

namespace fs = std::filesystem;

/// One training: an arm under one seed on so many texts.
struct Training {
  std::string arm;
  std::int64_t shots = 0;  ///< 0: all texts
  config::RunConfig config;
};

config::Overrides overrides_of(const config::ArmConfig& arm, std::int64_t shots, std::uint64_t seed,
                               const fs::path& directory) {
  config::Overrides overrides = arm.overrides;
  if (shots > 0) overrides.emplace_back("target.shots", std::to_string(shots));
  overrides.emplace_back("training.seed", std::to_string(seed));
  overrides.emplace_back("output.dir", directory.string());
  return overrides;
}

fs::path directory_of(const fs::path& root, const std::string& arm, std::int64_t shots, std::uint64_t seed) {
  return root / "runs" / arm / (shots == 0 ? "all" : concat("shots", shots)) / concat("seed", seed);
}

/// The fewest texts first, all of them last.
std::vector<std::int64_t> in_order(std::vector<std::int64_t> shots) {
  std::sort(shots.begin(), shots.end(), [](std::int64_t a, std::int64_t b) { return a != 0 && (b == 0 || a < b); });
  return shots;
}

/// Every training, seeds within arms within numbers of texts. Throws `UsageError` with all that is wrong with any arm.
std::vector<Training> trainings_of(const CompareArmsOptions& options, const config::RunConfig& base) {
  std::vector<Training> trainings;
  std::vector<std::string> problems;
  for (const std::int64_t shots : in_order(base.compare->shots)) {
    for (const config::ArmConfig& arm : base.compare->arms) {
      for (const std::uint64_t seed : base.compare->seeds) {
        const fs::path directory = directory_of(base.output.dir, arm.name, shots, seed);
        try {
          config::RunConfig config =
              config::load(options.config, options.overrides, {}, overrides_of(arm, shots, seed, directory));
          config.compare.reset();
          if (!config.evaluation.latency) config.evaluation.latency = true;
          trainings.push_back({arm.name, shots, std::move(config)});
        } catch (const UsageError& error) {
          problems.push_back(concat("arm ", arm.name, ": ", error.what()));
        }
      }
    }
  }
  problems.erase(std::unique(problems.begin(), problems.end()), problems.end());
  if (!problems.empty()) throw UsageError(join(problems, "\n"));
  return trainings;
}

/// Why each run has to be made, or nothing where it is kept. Throws where one that has to be made cannot be written.
std::vector<std::string> reasons_to_train(const std::vector<Training>& trainings, bool resume) {
  KnownHashes known;
  std::vector<std::string> reasons;
  for (const Training& training : trainings) {
    const config::RunConfig& config = training.config;
    reasons.push_back(resume ? why_stale(config, known) : "all are made anew");
    if (reasons.back().empty()) continue;
    check_output(config.output.dir, {.files = run_files(), .inputs = inputs_of(config), .overwrite = true});
  }
  return reasons;
}

std::vector<Input> inputs_of_all(const std::vector<Training>& trainings) {
  std::vector<Input> inputs;
  for (const Training& training : trainings) std::ranges::move(inputs_of(training.config), std::back_inserter(inputs));
  return inputs;
}

/// Says that a run is kept, and where its seconds are not those that one made now would take.
void log_kept(const std::string& name, const config::RunConfig& config) {
  const std::int64_t threads = threads_of_run(config);
  if (threads == config.training.threads) {
    log_info(concat(name, ": finished before"));
  } else {
    log_warning(concat(name, ": finished before, with training.threads ", threads, " where ", config.training.threads,
                       " is asked for now (0: all cores): its answers stand, its seconds are of another kind; ",
                       "--overwrite makes all anew"));
  }
}

/// The arms as far as they got on so many texts.
std::vector<report::ComparedArm> arms_at(std::int64_t shots, const std::vector<Training>& trainings,
                                         std::vector<report::FailedRunReport>& failed) {
  std::vector<report::ComparedArm> arms;
  for (const Training& training : trainings) {
    const fs::path& directory = training.config.output.dir;
    const bool has_failed = std::any_of(failed.begin(), failed.end(), [&](const report::FailedRunReport& run) {
      return run.directory == directory.string();
    });
    if (training.shots != shots || has_failed) continue;
    if (arms.empty() || arms.back().name != training.arm) arms.push_back({training.arm, {}});
    try {
      arms.back().runs.push_back(read_run(directory));
    } catch (const Error& error) {
      failed.push_back({training.arm, directory.string(), error.what()});
    }
  }
  return arms;
}

/// What source stages did on fewer texts than the arms are judged on; nothing where too few arms got that far.
void add_effects_of(const std::vector<report::ComparedArm>& arms, const report::ComparisonOptions& options,
                    std::vector<report::SourceEffectReport>& effects) {
  const auto has_runs = [](const report::ComparedArm& arm) { return !arm.runs.empty(); };
  if (std::count_if(arms.begin(), arms.end(), has_runs) < 2) return;
  std::ranges::move(report::source_effects(report::make_comparison(arms, {}, options), arms),
                    std::back_inserter(effects));
}

void check_baseline_arm(const config::CompareConfig& compare, const fs::path& file) {
  if (!compare.baseline_arm) return;
  std::vector<std::string> names;
  names.reserve(compare.arms.size());
  for (const config::ArmConfig& arm : compare.arms) names.push_back(arm.name);
  if (std::find(names.begin(), names.end(), *compare.baseline_arm) != names.end()) return;
  throw UsageError(concat(file.string(), ": /compare/baseline_arm: found ", quote(*compare.baseline_arm),
                          ", expected one of the arms (", join(names, ", "), ")"));
}

/// The gates of the config, then those of the command line; one that is there already counts once.
Gates gates_of(const config::CompareConfig& compare, const std::vector<std::string>& more) {
  std::vector<std::string> gates = compare.gates;
  for (const std::string& gate : more) {
    if (std::find(gates.begin(), gates.end(), gate) == gates.end()) gates.push_back(gate);
  }
  return {gates, std::nullopt, report::GateScope::comparison};
}

/// What a comparison is to do.
struct Plan {
  config::RunConfig base;
  Gates gates;
  std::vector<Training> trainings;
};

Plan plan(const CompareArmsOptions& options) {
  config::RunConfig base = config::load(options.config, options.overrides);
  if (!base.compare || base.compare->arms.size() < 2) {
    throw UsageError(concat(options.config.string(), ": /compare/arms: found ",
                            base.compare ? base.compare->arms.size() : 0, " arms, expected two or more"));
  }
  if (base.search) {
    throw UsageError(concat(options.config.string(),
                            ": /search: found a search, expected none where arms are "
                            "compared: name the settings of each arm, or compare finished runs (--runs)"));
  }
  check_baseline_arm(*base.compare, options.config);
  Gates gates = gates_of(*base.compare, options.gates);
  std::vector<Training> trainings = trainings_of(options, base);
  return {std::move(base), std::move(gates), std::move(trainings)};
}

}  // namespace

void check_arms(const CompareArmsOptions& options) { (void)plan(options); }

CompareResult compare_arms(const CompareArmsOptions& options) {
  const auto [base, gates, trainings] = plan(options);
  ComparisonDirectory out(base.output.dir, inputs_of_all(trainings), options.resume, options.overwrite);
  const std::vector<std::string> reasons = reasons_to_train(trainings, options.resume);
  std::vector<report::FailedRunReport> failed;
  for (std::size_t i = 0; i < trainings.size(); ++i) {
    const auto& [arm, shots, config] = trainings[i];
    const std::string name = concat("compare ", i + 1, " of ", trainings.size(), ": ", arm, ", ",
                                    shots == 0 ? std::string("all texts") : concat(shots, " texts a label"), ", seed ",
                                    config.training.seed);
    if (reasons[i].empty()) {
      log_kept(name, config);
      continue;
    }
    const bool is_anew = options.resume && fs::exists(config.output.dir);
    log_info(is_anew ? concat(name, ": made anew, as ", reasons[i]) : name);
    const std::string reason = run_apart([&, &run = config] {
      (void)adapt(run, {.overwrite = true,
                        .cache = options.cache,
                        .progress = options.progress,
                        .resume = options.resume ? Resume::if_same : Resume::no});
    });
    if (!reason.empty()) {
      log_warning(concat(name, ": failed: ", reason));
      failed.push_back({arm, config.output.dir.string(), reason});
    }
  }
  const std::vector<std::int64_t> counts = in_order(base.compare->shots);
  const report::ComparisonOptions judging{
      .bootstrap_samples = static_cast<std::size_t>(base.evaluation.bootstrap_samples), .seed = base.training.seed};
  std::vector<report::CurvePointReport> curve;
  std::vector<report::SourceEffectReport> effects;
  std::vector<report::ComparedArm> judged;
  for (const std::int64_t shots : counts) {
    judged = arms_at(shots, trainings, failed);
    if (counts.size() < 2) continue;
    for (const report::ComparedArm& arm : judged) curve.push_back(report::curve_point(arm, shots));
    if (shots != counts.back()) add_effects_of(judged, judging, effects);
  }
  report::ComparisonReport report = report::make_comparison(judged, std::move(failed), judging);
  std::ranges::move(report::source_effects(report, judged), std::back_inserter(effects));
  report::add_source_effects(report, std::move(effects));
  report.learning_curve = std::move(curve);
  report::add_curve_findings(
      report, judged, {.baseline_arm = base.compare->baseline_arm, .target_accuracy = base.compare->target_accuracy});
  report.gates = gates.judge(report::gate_subject(report));
  out.write(report);
  return {base.output.dir, std::make_shared<const report::ComparisonReport>(std::move(report))};
}

}  // namespace tt::runs
