#include "runs/train_stage.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/data/splits.hpp"
#include "transfer_tune/training/fit.hpp"
#include "transfer_tune/training/forward.hpp"
#include "transfer_tune/training/objective.hpp"
#include "transfer_tune/training/probe.hpp"
#include "transfer_tune/training/rows.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <numeric>
#include <utility>

namespace tt::runs {
namespace {

/// The strength of the solved head where nothing can be held out to choose it.
constexpr double kDefaultC = 30;
/// Up to this many texts the head's strength is cross-validated; beyond, one held-out part is precise enough.
constexpr std::size_t kCrossValidatedTexts = 3000;
constexpr std::size_t kFolds = 5;
/// Texts per label that a head is solved on before tuning: all that it gives is a start.
constexpr std::size_t kStartShots = 30;

using Indices = std::vector<std::size_t>;

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
/// scikit-learn.
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
  for (const std::int32_t label : data.train.labels) counts[static_cast<std::size_t>(label)] += 1;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (counts[i] > 0)
      weights[i] = static_cast<double>(data.train.size()) / (static_cast<double>(counts.size()) * counts[i]);
  }
  return weights;
}

Indices all_of(std::size_t count) {
  Indices indices(count);
  std::iota(indices.begin(), indices.end(), std::size_t{0});
  return indices;
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

/// Of a fit that gives nothing but a temperature and a threshold. Half of the epochs give nearly the same ones: on
/// Banking77 and CLINC150 at 5 and 10 texts a label the calibration error rises by 0.01 at most.
std::vector<training::PhasePlan> halved(std::vector<training::PhasePlan> plans) {
  for (training::PhasePlan& plan : plans) plan.epochs = (plan.epochs + 1) / 2;
  return plans;
}

/// One call of `train_stage`.
class StageTrainer {
 public:
  StageTrainer(model::Classifier& classifier, const StageData& data, const StageSettings& settings,
               training::ActivationStore& store, const ProgressCallback& progress, const HeldOutCallback& held_out)
      : classifier_(classifier),
        data_(data),
        settings_(settings),
        store_(store),
        progress_(progress),
        held_out_(held_out),
        plans_(plan_stage(classifier, settings)),
        loss_{class_weights(settings.training, data), settings.training.label_smoothing_factor},
        objective_(training::make_cross_entropy(loss_)) {
    const config::TrainingConfig& training = settings.training;
    fit_.batch_size = training.batch_size;
    fit_.optimizer = {training.adam_beta1,   training.adam_beta2,    training.adam_epsilon,
                      training.weight_decay, training.max_grad_norm, training.l2_sp};
    fit_.schedule = parse_schedule(training.lr_scheduler_type);
    fit_.warmup_ratio = training.warmup_ratio;
    fit_.gradient_accumulation_steps = training.gradient_accumulation_steps;
    fit_.metric = parse_metric(training.metric_for_best_model);
    fit_.patience = training.early_stopping_patience;
    fit_.seed = training.seed;
    services_ = {settings.pad_id, settings.name, settings.int8, &store, progress, {}};
    solved_only_ = std::all_of(plans_.begin(), plans_.end(),
                               [&](const training::PhasePlan& plan) { return training::is_convex(plan, classifier); });
    fit_.head_solved = solved_only_ || training.probe_first || training::is_convex(plans_.front(), classifier);
  }

  StageOutcome run(bool cross_validate) {
    const auto started = std::chrono::steady_clock::now();
    const double reused_before = store_.reused_seconds();
    shows_folds_ = held_out_ && is_held_out_by_folds(cross_validate);
    outcome_.policy = describe_policy(classifier_, settings_, plans_);
    outcome_.encoder_trained = !solved_only_;
    outcome_.training.probed_first = fit_.head_solved && !solved_only_;
    if (fit_.head_solved) {
      choose_probe_texts();
      features_ =
          encode(probe_texts_.size() < data_.train.size() ? training::subset(data_.train, probe_texts_) : data_.train);
      choose_C();
    }
    const report::Validation strategy = data_.report.validation_strategy;
    trains_once_ =
        !cross_validate && (strategy == report::Validation::given || strategy == report::Validation::defaults);
    if (solved_only_) {
      run_solved(cross_validate);
    } else {
      run_fits(cross_validate);
    }
    outcome_.training.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    outcome_.training.reused_seconds = store_.reused_seconds() - reused_before;
    return std::move(outcome_);
  }

 private:
  at::Tensor encode(const training::EncodedSet& set) {
    const std::int64_t layers = settings_.int8 ? classifier_.encoder().spec().num_hidden_layers : 0;
    return store_.features(classifier_.in_int8(layers), set, settings_.pad_id, settings_.name + ": encode", progress_);
  }

  /// Whether the caller is shown folds: where settings are chosen on folds, or figures alone come from them, and where
  /// solving heads makes it cheap to hold out every text of a small set in place of a few. Tuning five times for
  /// nothing but a temperature is not: a fit of which no epoch is chosen leaves out one fold.
  [[nodiscard]] bool is_held_out_by_folds(bool cross_validate) const {
    switch (data_.report.validation_strategy) {
      case report::Validation::given:
        return false;
      case report::Validation::split:
        return solved_only_ && settings_.training.refit && data_.train.size() <= kCrossValidatedTexts;
      case report::Validation::cross_validation:
        return solved_only_ || fit_.metric.has_value() || cross_validate;
      case report::Validation::defaults:
        return cross_validate;
    }
    throw InternalError("unknown validation strategy");
  }

  /// Lets the caller look at the classifier as it is now, trained on `train`, and at texts that it never saw.
  /// `features` where the encoder is frozen.
  void show_held_out(const training::Texts& texts, const Indices& train, const at::Tensor& features = {}) const {
    if (held_out_) held_out_({texts, train, features});
  }

  void show_fold(const std::vector<data::Split>& folds, const data::Split& fold,
                 const at::Tensor& features = {}) const {
    const auto number = static_cast<std::size_t>(&fold - folds.data());
    held_out_({{data_.train, fold.held_out}, fold.train, features, number, folds.size()});
  }

  void choose_probe_texts() {
    probe_texts_ = solved_only_ ? all_of(data_.train.size())
                                : data::sample_shots(data_.train.labels, kStartShots, settings_.training.seed).indices;
    probe_rows_.assign(data_.train.size(), kNotProbed);
    for (std::size_t row = 0; row < probe_texts_.size(); ++row) probe_rows_[probe_texts_[row]] = row;
  }

  /// Where the features of those of `texts` are that have any.
  [[nodiscard]] Indices probe_rows_of(const Indices& texts) const {
    Indices rows;
    rows.reserve(texts.size());
    for (const std::size_t i : texts) {
      if (probe_rows_[i] != kNotProbed) rows.push_back(probe_rows_[i]);
    }
    return rows;
  }

  void choose_C() {
    if (data_.validation && (solved_only_ || !settings_.C)) {
      validation_features_ = encode(*data_.validation);
    }
    if (settings_.C) {
      fit_.C = *settings_.C;
    } else {
      training::ProbeProblem problem{features_, training::Texts(data_.train, probe_texts_).labels(),
                                     classifier_.head().num_labels, loss_.class_weights, loss_.label_smoothing};
      std::vector<Indices> folds;
      const auto& method = data_.report.validation_strategy;
      if (data_.validation) {
        Indices fold = all_of(data_.validation->size());
        for (std::size_t& i : fold) i += probe_texts_.size();
        folds.push_back(std::move(fold));
        problem.features = at::cat({features_, validation_features_});
        problem.labels.insert(problem.labels.end(), data_.validation->labels.begin(), data_.validation->labels.end());
      } else if (method == report::Validation::split && probe_texts_.size() > kCrossValidatedTexts) {
        folds.push_back(probe_rows_of(data_.split.held_out));
      } else if (method != report::Validation::defaults) {
        for (data::Split& fold : usable_folds(problem.labels, kFolds, settings_.training.seed)) {
          folds.push_back(std::move(fold.held_out));
        }
      }
      fit_.C = kDefaultC;
      if (!folds.empty()) {
        const auto scores = training::cross_validate_probe(problem, folds, training::default_C_path());
        for (const training::ProbeScore& score : scores) {
          outcome_.training.candidates_C.push_back({score.C, score.accuracy});
        }
        const training::ProbeScore& best = training::best_probe_score(scores);
        fit_.C = best.C;
        if (folds.size() == 1 && !data_.validation) split_head_ = best.heads.front();
        if (folds.size() > 1) fold_heads_ = best.heads;
      }
    }
    outcome_.training.C = fit_.C;
    log_info(concat(settings_.name, ": head strength C = ", fit_.C));
  }

  /// The frozen case: the head is solved on features computed once; nothing is stepped.
  void run_solved(bool cross_validate) {
    if (cross_validate || shows_folds_) {
      at::Tensor logits = at::zeros({features_.size(0), classifier_.head().num_labels});
      const std::vector<data::Split> folds = usable_folds(data_.train.labels, kFolds, settings_.training.seed);
      for (const data::Split& fold : folds) {
        const auto number = static_cast<std::size_t>(&fold - folds.data());
        solve_on(fold.train, number < fold_heads_.size() ? &fold_heads_[number] : nullptr);
        const at::Tensor features = training::rows_at(features_, fold.held_out);
        logits.index_copy_(0, training::index_tensor(fold.held_out), logits_of(features));
        if (shows_folds_) show_fold(folds, fold, features);
      }
      if (cross_validate) outcome_.out_of_fold = std::move(logits);
    }
    training::EpochRow row{.phase = 0, .epoch = 1};
    const auto validate = [&](const at::Tensor& features, const std::vector<std::int32_t>& labels) {
      training::set_validation(row, evaluation::compute_metrics(training::to_scores(logits_of(features), labels)));
    };
    Indices trained = all_of(data_.train.size());
    std::optional<training::LinearHead> chosen;
    if (!data_.split.held_out.empty()) {
      if (split_head_ && settings_.training.refit) {
        chosen = std::move(split_head_);
        classifier_.set_head(chosen->weight, chosen->bias);
      } else {
        chosen = solve_on(data_.split.train, split_head_ ? &*split_head_ : nullptr,
                          settings_.training.refit ? training::ProbeAccuracy::scored : training::ProbeAccuracy::solved);
      }
      const training::Texts held_out(data_.train, data_.split.held_out);
      const at::Tensor features = training::rows_at(features_, data_.split.held_out);
      validate(features, held_out.labels());
      if (!shows_folds_) show_held_out(held_out, data_.split.train, features);
      outcome_.training.refitted = settings_.training.refit;
      if (!settings_.training.refit) trained = data_.split.train;
    }
    if (!chosen || settings_.training.refit) solve_on(trained, chosen ? &*chosen : nullptr);
    if (data_.validation) {
      validate(validation_features_, data_.validation->labels);
      show_held_out(*data_.validation, trained, validation_features_);
    }
    const at::Tensor labels = at::tensor(data_.train.labels, at::kLong);
    const at::Tensor logits = logits_of(training::rows_at(features_, trained));
    const at::Tensor weights =
        fit_.class_weights.empty() ? at::Tensor() : at::tensor(fit_.class_weights, logits.options());
    // Weighted and smoothed as the solver minimised it and as an epoch of steps reports it.
    row.train_loss = at::cross_entropy_loss(logits, labels.index_select(0, training::index_tensor(trained)), weights,
                                            at::Reduction::Mean, -100, fit_.label_smoothing)
                         .item<double>();
    report_rows({row});
    if (!outcome_.training.candidates_C.empty()) outcome_.training.selection_metric = "accuracy";
    outcome_.training.epochs = 1;
    outcome_.training.examples = static_cast<std::int64_t>(trained.size());
  }

  /// Puts the optimal head for those of the texts at `train` that have features on the classifier; `start` is where its
  /// search begins.
  training::LinearHead solve_on(const Indices& train, const training::LinearHead* start = nullptr,
                                training::ProbeAccuracy accuracy = training::ProbeAccuracy::solved) {
    const Indices rows = probe_rows_of(train);
    std::vector<std::int32_t> labels;
    labels.reserve(rows.size());
    for (const std::size_t row : rows) labels.push_back(data_.train.labels[probe_texts_[row]]);
    training::LinearHead head =
        training::solve_probe({training::rows_at(features_, rows), std::move(labels), classifier_.head().num_labels,
                               loss_.class_weights, loss_.label_smoothing},
                              fit_.C, start, accuracy);
    classifier_.set_head(head.weight, head.bias);
    return head;
  }

  [[nodiscard]] at::Tensor logits_of(const at::Tensor& features) const {
    return training::head_logits(classifier_, features);
  }

  /// Everything that steps weights: the epochs are chosen, then the final model is trained.
  void run_fits(bool cross_validate) {
    const std::int64_t epochs = choose_epochs(cross_validate);
    if (cross_validate) outcome_.out_of_fold = predict_out_of_fold(epochs);
    if (final_model_ready_) return;
    const training::TrainState result = train_on(all_of(data_.train.size()), std::nullopt, plans_, epochs);
    if (outcome_.training.per_epoch.empty()) report_rows(result.rows);
    outcome_.training.epochs = result.kept_epoch();
    outcome_.training.examples = static_cast<std::int64_t>(data_.train.size());
  }

  /// How many epochs the final fit runs, and what is held out meanwhile; trains the final model itself where no text
  /// would be added to it.
  std::int64_t choose_epochs(bool cross_validate) {
    std::int64_t planned = 0;
    for (const training::PhasePlan& plan : plans_) planned += training::is_convex(plan, classifier_) ? 1 : plan.epochs;
    std::optional<std::int64_t> best;
    switch (data_.report.validation_strategy) {
      case report::Validation::given:
        best = choose_on(all_of(data_.train.size()), *data_.validation, plans_);
        final_model_ready_ = true;
        break;
      case report::Validation::split:
        final_model_ready_ = !settings_.training.refit;
        outcome_.training.refitted = settings_.training.refit;
        best = choose_on(data_.split.train, {data_.train, data_.split.held_out},
                         fit_.metric || final_model_ready_ ? plans_ : halved(plans_));
        break;
      case report::Validation::cross_validation:
        if (fit_.metric) {
          best = choose_on_folds();
        } else if (!cross_validate) {
          leave_out_one_fold();
        }
        break;
      case report::Validation::defaults:
        break;
    }
    if (!best || !fit_.metric) return planned;
    outcome_.training.best_epoch = *best;
    outcome_.training.selection_metric = settings_.training.metric_for_best_model.value();
    return *best;
  }

  std::int64_t choose_on(const Indices& train, const training::Texts& validation,
                         const std::vector<training::PhasePlan>& plans) {
    const training::TrainState result = train_on(train, validation, plans);
    show_held_out(validation, train);
    report_rows(result.rows);
    outcome_.training.epochs = result.kept_epoch();
    outcome_.training.examples = static_cast<std::int64_t>(train.size());
    outcome_.training.held_out = static_cast<std::int64_t>(validation.size());
    return result.kept_epoch();
  }

  /// Trains nearly as the final fit will, but for one fold, which is what the caller calibrates on.
  void leave_out_one_fold() {
    const std::vector<data::Split> folds =
        usable_folds(data_.train.labels, data_.selection.folds, settings_.training.seed);
    const data::Split& fold = folds.front();
    (void)choose_on(fold.train, {data_.train, fold.held_out}, halved(plans_));
    outcome_.training.refitted = true;
  }

  /// The epoch with the best mean score over folds, weighted by their texts.
  std::int64_t choose_on_folds() {
    std::vector<training::EpochRow> means;
    double texts = 0;
    const std::vector<data::Split> folds =
        usable_folds(data_.train.labels, data_.selection.folds, settings_.training.seed);
    for (const data::Split& fold : folds) {
      services_.stage = concat(settings_.name, ", fold ", &fold - folds.data() + 1, " of ", folds.size());
      const training::TrainState result = train_on(fold.train, training::Texts(data_.train, fold.held_out), plans_);
      if (shows_folds_) show_fold(folds, fold);
      const auto weight = static_cast<double>(fold.held_out.size());
      texts += weight;
      // Folds may stop early; only epochs that all of them reached can be compared.
      if (means.empty()) {
        means = result.rows;
        for (training::EpochRow& row : means) scale(row, weight);
        continue;
      }
      means.resize(std::min(means.size(), result.rows.size()));
      for (std::size_t i = 0; i < means.size(); ++i) {
        training::EpochRow scaled = result.rows[i];
        scale(scaled, weight);
        means[i].train_loss += scaled.train_loss;
        means[i].validation_accuracy += scaled.validation_accuracy;
        means[i].validation_macro_f1 += scaled.validation_macro_f1;
        means[i].validation_log_loss += scaled.validation_log_loss;
        means[i].seconds += scaled.seconds;
      }
    }
    services_.stage = settings_.name;
    for (training::EpochRow& row : means) scale(row, 1.0 / texts);
    report_rows(means);
    const auto best =
        std::max_element(means.begin(), means.end(), [&](const training::EpochRow& a, const training::EpochRow& b) {
          return training::metric_value(a, *fit_.metric) < training::metric_value(b, *fit_.metric);
        });
    return best->epoch;
  }

  static void scale(training::EpochRow& row, double factor) {
    row.train_loss *= factor;
    row.validation_accuracy *= factor;
    row.validation_macro_f1 *= factor;
    row.validation_log_loss *= factor;
    row.seconds *= factor;
  }

  at::Tensor predict_out_of_fold(std::int64_t epochs) {
    at::Tensor logits = at::zeros({static_cast<std::int64_t>(data_.train.size()), classifier_.head().num_labels});
    const std::vector<data::Split> folds = usable_folds(data_.train.labels, kFolds, settings_.training.seed);
    for (const data::Split& fold : folds) {
      services_.stage = concat(settings_.name, ", for figures without ", &fold - folds.data() + 1, " of ", folds.size());
      (void)train_on(fold.train, std::nullopt, plans_, epochs);
      const at::Tensor part = training::compute_logits(classifier_, {data_.train, fold.held_out}, nullptr,
                                                       settings_.pad_id, services_.stage, progress_);
      logits.index_copy_(0, training::index_tensor(fold.held_out), part);
      // Where epochs were chosen on folds, those have been shown.
      const bool shown = data_.report.validation_strategy == report::Validation::cross_validation && fit_.metric;
      if (shows_folds_ && !shown) show_fold(folds, fold);
    }
    services_.stage = settings_.name;
    return logits;
  }

  /// From the starting weights: the solved head on `train` where asked for, then the phases; `stop_after` as in
  /// `training::FitOptions`.
  training::TrainState train_on(const Indices& train, const std::optional<training::Texts>& validation,
                               const std::vector<training::PhasePlan>& plans, std::int64_t stop_after = -1) {
    if (start_) {
      start_->restore(classifier_);
    } else if (!trains_once_) {
      start_.emplace(classifier_, &plans_);
    }
    if (fit_.head_solved) solve_on(train);
    training::FitOptions options = fit_;
    options.stop_after = stop_after;
    return training::fit(classifier_, {data_.train, train}, validation, plans, *objective_, options, services_);
  }

  void report_rows(const std::vector<training::EpochRow>& rows) {
    outcome_.training.per_epoch.clear();
    for (const training::EpochRow& row : rows) outcome_.training.per_epoch.push_back(to_report(row));
  }

  model::Classifier& classifier_;
  const StageData& data_;
  const StageSettings& settings_;
  training::ActivationStore& store_;
  const ProgressCallback& progress_;
  const HeldOutCallback& held_out_;
  std::vector<training::PhasePlan> plans_;
  training::CrossEntropyOptions loss_;
  std::unique_ptr<training::Objective> objective_;
  std::optional<training::Snapshot> start_;  ///< what each fit begins from; none where there is one fit alone
  training::FitOptions fit_;
  training::FitServices services_;
  bool solved_only_ = false;
  bool final_model_ready_ = false;
  bool trains_once_ = false;
  bool shows_folds_ = false;  ///< the caller wants to see each fold's classifier with the texts that it held out
  static constexpr std::size_t kNotProbed = static_cast<std::size_t>(-1);
  Indices probe_texts_;             ///< positions in data_.train of the texts that the head is solved on
  Indices probe_rows_;              ///< by position in data_.train: the row of features_, or kNotProbed
  at::Tensor features_;             ///< of the probe's texts, by the starting encoder
  at::Tensor validation_features_;  ///< of data_.validation
  /// The solution over data_.split.train, to the accuracy of a score, where the strength was chosen on that split.
  std::optional<training::LinearHead> split_head_;
  std::vector<training::LinearHead> fold_heads_;  ///< of the same kind, over the folds that the strength was chosen on
  StageOutcome outcome_;
};

}  // namespace

StageOutcome train_stage(model::Classifier& classifier, const StageData& data, const StageSettings& settings,
                         bool cross_validate, training::ActivationStore& store, const ProgressCallback& progress,
                         const HeldOutCallback& held_out) {
  return StageTrainer(classifier, data, settings, store, progress, held_out).run(cross_validate);
}

}  // namespace tt::runs
