#include "runs/train_stage.hpp"

#include "runs/automatic_stage.hpp"
#include "runs/solved_stage.hpp"
#include "runs/tuned_stage.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/process.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

namespace tt::runs {
namespace {

std::optional<training::Metric> parse_metric(const std::optional<std::string>& name) {
  if (!name) return std::nullopt;
  if (*name == "accuracy") return training::Metric::accuracy;
  if (*name == "macro_f1") return training::Metric::macro_f1;
  if (*name == "log_loss") return training::Metric::log_loss;
  throw InternalError("unknown metric " + *name);
}

training::Schedule parse_schedule(config::Schedule schedule) {
  switch (schedule) {
    case config::Schedule::linear:
      return training::Schedule::linear;
    case config::Schedule::cosine:
      return training::Schedule::cosine;
    case config::Schedule::constant:
      return training::Schedule::constant;
  }
  throw InternalError("unknown schedule");
}

/// One weight per label, those given as `load_inputs` checked them; "balanced" is n / (labels · count), as in
/// scikit-learn, where texts count as their weights say.
std::vector<double> class_weights(const config::TrainingConfig& config, const StageData& data) {
  if (config.class_weights == config::ClassWeights::none) return {};
  std::vector<double> weights(data.labels.size(), 1.0);
  if (config.class_weights == config::ClassWeights::given) {
    for (const auto& [label, weight] : config.class_weight_values) {
      weights[static_cast<std::size_t>(data.labels.find(label).value())] = weight;
    }
    return weights;
  }
  std::vector<double> counts(weights.size(), 0.0);
  double sum = 0;
  for (std::size_t i = 0; i < data.train.size(); ++i) {
    const double weight = data.train.weights.empty() ? 1.0 : static_cast<double>(data.train.weights[i]);
    counts[static_cast<std::size_t>(data.train.labels[i])] += weight;
    sum += weight;
  }
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (counts[i] > 0) weights[i] = sum / (static_cast<double>(counts.size()) * counts[i]);
  }
  return weights;
}

std::unique_ptr<training::Objective> make_objective(const config::ObjectiveConfig& config,
                                                    const training::CrossEntropyOptions& loss, bool multi_label) {
  if (multi_label) return training::make_binary_cross_entropy(loss);  // `check_multi_label` refused all others
  switch (config.type) {
    case config::ObjectiveType::cross_entropy:
      return training::make_cross_entropy(loss);
    case config::ObjectiveType::focal:
      return training::make_focal(loss, config.gamma);
    case config::ObjectiveType::supervised_contrastive:
      return training::make_supervised_contrastive(loss, config.temperature, config.weight);
    case config::ObjectiveType::r_drop:
      return training::make_r_drop(loss, config.alpha);
    case config::ObjectiveType::prototypical:
      return training::make_prototypical({static_cast<std::size_t>(config.ways),
                                          static_cast<std::size_t>(config.support),
                                          static_cast<std::size_t>(config.query), config.temperature, config.isotropy});
  }
  throw InternalError("unknown objective");
}

report::ObjectiveReport to_report(const config::ObjectiveConfig& config) {
  report::ObjectiveReport out;
  out.type = to_string(config.type);
  switch (config.type) {
    case config::ObjectiveType::cross_entropy:
      break;
    case config::ObjectiveType::focal:
      out.gamma = config.gamma;
      break;
    case config::ObjectiveType::supervised_contrastive:
      out.temperature = config.temperature;
      out.weight = config.weight;
      break;
    case config::ObjectiveType::r_drop:
      out.alpha = config.alpha;
      break;
    case config::ObjectiveType::prototypical:
      out.temperature = config.temperature;
      out.ways = config.ways;
      out.support = config.support;
      out.query = config.query;
      out.isotropy = config.isotropy;
      break;
  }
  return out;
}

report::EpochReport to_report(const training::EpochRow& row) {
  report::EpochReport out;
  out.phase = static_cast<std::int64_t>(row.phase) + 1;
  out.epoch = row.epoch;
  out.train_loss = row.train_loss;
  out.validation_accuracy = row.validation_accuracy;
  out.validation_macro_f1 = row.validation_macro_f1;
  out.validation_log_loss = row.validation_log_loss;
  out.learning_rate = row.learning_rate;
  out.seconds = row.seconds;
  out.examples_per_second = row.examples_per_second;
  return out;
}

training::FitOptions fit_options(const config::TrainingConfig& training) {
  training::FitOptions fit;
  fit.batch_size = training.batch_size;
  fit.optimizer = {training.adam_beta1,   training.adam_beta2,    training.adam_epsilon,
                   training.weight_decay, training.max_grad_norm, training.l2_sp};
  fit.schedule = parse_schedule(training.lr_scheduler_type);
  fit.warmup_ratio = training.warmup_ratio;
  fit.gradient_accumulation_steps = training.gradient_accumulation_steps;
  fit.metric = parse_metric(training.metric_for_best_model);
  fit.patience = training.early_stopping_patience;
  fit.seed = training.seed;
  return fit;
}

/// Whether the caller is shown folds: where settings are chosen on folds, or figures alone come from them, and where
/// solving heads makes it cheap to hold out every text of a small set in place of a few. Tuning five times for nothing
/// but a temperature is not: a fit of which no epoch is chosen leaves out one fold.
bool is_held_out_by_folds(const StageWork& work) {
  switch (work.strategy()) {
    case report::Validation::given:
      return false;
    case report::Validation::split:
      return work.solved_only && work.settings.training.refit && work.data.train.size() <= kCrossValidatedTexts;
    case report::Validation::cross_validation:
      return work.solved_only || work.fit.metric.has_value() || work.cross_validate;
    case report::Validation::defaults:
      return work.cross_validate;
  }
  throw InternalError("unknown validation strategy");
}

}  // namespace

void report_rows(report::TrainingReport& report, const std::vector<training::EpochRow>& rows) {
  report.per_epoch.clear();
  for (const training::EpochRow& row : rows) report.per_epoch.push_back(to_report(row));
}

StageWork plan_work(model::Classifier& classifier, const StageData& data, const StageSettings& settings,
                    bool cross_validate, training::ActivationStore& store, RunState& state,
                    const ProgressCallback& progress, const HeldOutCallback& held_out) {
  StageWork work{.classifier = classifier,
                 .data = data,
                 .settings = settings,
                 .cross_validate = cross_validate,
                 .store = store,
                 .state = state,
                 .progress = progress,
                 .held_out = held_out,
                 .plans = plan_stage(classifier, settings),
                 .loss = {class_weights(settings.training, data), settings.training.label_smoothing_factor},
                 .objective = nullptr,
                 .fit = fit_options(settings.training)};
  work.objective = make_objective(settings.training.objective, work.loss, data.train.multi_label);
  const auto is_solved = [&](const training::PhasePlan& plan) {
    return training::is_solved(plan, classifier, *work.objective);
  };
  work.solved_only = std::ranges::all_of(work.plans, is_solved);
  work.fit.head_solved = work.objective->trains_head() &&
                         (work.solved_only || settings.training.probe_first || is_solved(work.plans.front()));
  work.shows_folds = held_out && is_held_out_by_folds(work);
  return work;
}

void describe_work(const StageWork& work, StageOutcome& outcome) {
  outcome.policy = describe_policy(work.classifier, work.settings, work.plans, *work.objective);
  outcome.encoder_trained = !work.solved_only;
  outcome.training.objective = to_report(work.settings.training.objective);
  if (work.data.train.multi_label) outcome.training.objective.type = "binary_cross_entropy";
  outcome.training.probed_first = work.fit.head_solved && !work.solved_only;
}

StageOutcome train_stage(model::Classifier& classifier, const StageData& data, const StageSettings& settings,
                         bool cross_validate, training::ActivationStore& store, RunState& state,
                         const ProgressCallback& progress, const HeldOutCallback& held_out) {
  const auto started = std::chrono::steady_clock::now();
  const double reused_before = store.reused_seconds();
  classifier = with_adapters(classifier, settings);
  StageOutcome outcome;
  const auto plan = [&](const StageSettings& planned) {
    return plan_work(classifier, data, planned, cross_validate, store, state, progress, held_out);
  };
  if (settings.policy.policy == config::Policy::automatic) {
    outcome = train_automatic(settings, data, cross_validate, plan);
  } else {
    StageWork work = plan(settings);
    std::optional<StageProbe> probe;
    if (work.fit.head_solved) {
      probe.emplace(work);
      work.fit.C = probe->C();
      probe->report_to(outcome.training);
    }
    describe_work(work, outcome);
    if (work.solved_only) {
      train_solved(work, *probe, outcome);
    } else {
      train_tuned(work, probe ? &*probe : nullptr, outcome);
    }
  }
  if (settings.policy.lora) {
    outcome.adapted = classifier;
    classifier = classifier.merged();
  }
  outcome.training.seconds = seconds_since(started);
  outcome.training.reused_seconds = store.reused_seconds() - reused_before;
  return outcome;
}

}  // namespace tt::runs
