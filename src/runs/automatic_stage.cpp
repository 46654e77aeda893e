#include "runs/automatic_stage.hpp"

#include "runs/solved_stage.hpp"
#include "runs/tuned_stage.hpp"
#include "transfer_tune/core/process.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>
#include <vector>

namespace tt::runs {
namespace {

/// A training step goes forwards once and backwards at twice the cost.
constexpr double kStepPasses = 3;
/// Passes of single texts that are never too many: a minute or so of a small encoder.
constexpr double kSmallWork = 100000;

/// How far two accuracies on the same texts may be apart by chance: the standard error of their difference, half of the
/// wrong answers being taken to be wrong under both.
double chance(double one, double other, double texts) { return std::sqrt((2 - one - other) / 2 / texts); }

StageSettings with_policy(const StageSettings& settings, config::Policy policy) {
  StageSettings out = settings;
  out.policy = {.policy = policy, .layers = 0, .phases = {}};
  return out;
}

}  // namespace

Affordable afford(const StageData& data, double budget, std::int64_t epochs, bool refit, bool cross_validate) {
  const auto texts = static_cast<double>(data.train.size());
  const double all_texts = texts + static_cast<double>((data.validation ? data.validation->size() : 0) +
                                                       (data.test ? data.test->size() : 0) +
                                                       (data.unlabelled ? data.unlabelled->size() : 0));
  double epoch = kStepPasses * texts;
  // A part is left out of half of the epochs first; without a test file, every fold of all of them too.
  if (!data.validation && refit) epoch *= 1.5;
  if (cross_validate) epoch += kStepPasses * texts * static_cast<double>(kFolds - 1);
  const double most = budget > 0 ? std::max(budget * all_texts, kSmallWork) : 0;
  const auto affordable = std::min(epochs, static_cast<std::int64_t>(most / epoch));
  return {affordable, epoch * static_cast<double>(std::max<std::int64_t>(affordable, 1)) / all_texts};
}

StageOutcome train_automatic(const StageSettings& settings, const StageData& data, bool cross_validate,
                             const std::function<StageWork(const StageSettings&)>& plan) {
  StageSettings frozen_settings = with_policy(settings, config::Policy::frozen);
  frozen_settings.training.objective.type = config::ObjectiveType::cross_entropy;  // for which it is solved
  StageSettings tuned_settings = with_policy(settings, config::Policy::full);
  tuned_settings.training.probe_first = true;

  const StageWork frozen = plan(frozen_settings);
  const StageProbe probe(frozen);
  const auto leave_frozen = [&](report::PolicyChoiceReport choice) {
    choice.chosen = config::to_string(config::Policy::frozen);
    log_info(concat(settings.name, ": frozen. ", choice.reason));
    StageOutcome left;
    left.training.choice = std::move(choice);
    probe.report_to(left.training);
    describe_work(frozen, left);
    train_solved(frozen, probe, left);
    return left;
  };

  report::PolicyChoiceReport choice;
  choice.budget = settings.training.budget;
  if (frozen.strategy() == report::Validation::defaults) {
    choice.reason = "Nothing can be held out that could tell whether tuning helps.";
    return leave_frozen(std::move(choice));
  }
  const Affordable affordable =
      afford(data, choice.budget, settings.training.epochs, settings.training.refit, cross_validate);
  choice.work = affordable.work;
  choice.epochs = affordable.epochs;
  if (choice.epochs == 0) {
    choice.reason = concat("One epoch of tuning takes ", report::fixed(choice.work, 1),
                           " times the work of encoding every text, more than training.budget allows.");
    return leave_frozen(std::move(choice));
  }
  tuned_settings.training.epochs = choice.epochs;
  StageWork tuned = plan(tuned_settings);
  tuned.fit.C = probe.C();
  const auto start = std::chrono::steady_clock::now();
  const auto is_no_worse = [&](const std::vector<training::EpochRow>& rows, std::size_t held_out) {
    const training::EpochRow& before = rows.front();
    const training::EpochRow& after = rows.back();
    choice.held_out = static_cast<std::int64_t>(held_out);
    choice.frozen_accuracy = before.validation_accuracy;
    choice.frozen_log_loss = before.validation_log_loss;
    choice.tuned_accuracy = after.validation_accuracy;
    choice.tuned_log_loss = after.validation_log_loss;
    choice.seconds = seconds_since(start);
    choice.chance = chance(choice.frozen_accuracy, choice.tuned_accuracy, static_cast<double>(held_out));
    return choice.tuned_accuracy >= choice.frozen_accuracy - choice.chance;
  };
  StageOutcome outcome;
  probe.report_to(outcome.training);
  describe_work(tuned, outcome);
  if (!train_tuned(tuned, &probe, outcome, is_no_worse)) {
    choice.reason = "Held-out texts were answered worse after tuning, by more than chance.";
    return leave_frozen(std::move(choice));
  }
  choice.chosen = config::to_string(config::Policy::full);
  choice.reason = choice.held_out == 0 ? "The best epoch was chosen on folds, the solved head beside them."
                  : choice.tuned_accuracy > choice.frozen_accuracy
                      ? "Held-out texts were answered better after tuning."
                      : "Held-out texts were answered no worse after tuning than chance allows, and it mostly helps.";
  log_info(concat(settings.name, ": tuned. ", choice.reason));
  outcome.training.choice = std::move(choice);
  return outcome;
}

}  // namespace tt::runs
