#include "runs/tuned_stage.hpp"

#include "runs/fits.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/training/forward.hpp"
#include "transfer_tune/training/rows.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace tt::runs {
namespace {

/// Of a fit that gives nothing but a temperature and a threshold. Half of the epochs give nearly the same ones: on
/// Banking77 and CLINC150 at 5 and 10 texts a label the calibration error is 0.01 higher.
std::vector<training::PhasePlan> halved(std::vector<training::PhasePlan> plans) {
  for (training::PhasePlan& plan : plans) plan.epochs = (plan.epochs + 1) / 2;
  return plans;
}

/// Fits `train`, measures every epoch on `validation`, and shows those texts to the caller, unless folds will be.
/// Returns the epoch kept; nothing where tuning is not to go on.
std::optional<std::int64_t> fit_and_measure(const StageWork& work, const Fits& fits, FitUse use, const Indices& train,
                                            const training::Texts& validation,
                                            const std::vector<training::PhasePlan>& plans, const Approval& approved,
                                            report::TrainingReport& report) {
  const training::TrainState result = fits.run(use, train, validation, plans);
  if (approved && !approved(result.rows, validation.size())) return std::nullopt;
  if (!work.shows_folds) work.show(validation, train);
  report_rows(report, result.rows);
  report.epochs = result.kept_epoch();
  report.examples = static_cast<std::int64_t>(train.size());
  report.held_out = static_cast<std::int64_t>(validation.size());
  return result.kept_epoch();
}

void scale(training::EpochRow& row, double factor) {
  row.train_loss *= factor;
  row.validation_accuracy *= factor;
  row.validation_macro_f1 *= factor;
  row.validation_log_loss *= factor;
  row.seconds *= factor;
}

/// Adds `weight` times the rows of one fold. Folds may stop early; only epochs that all of them reached are compared.
void add_rows(std::vector<training::EpochRow>& sums, std::vector<training::EpochRow> rows, double weight) {
  for (training::EpochRow& row : rows) scale(row, weight);
  if (sums.empty()) {
    sums = std::move(rows);
    return;
  }
  sums.resize(std::min(sums.size(), rows.size()));
  for (std::size_t i = 0; i < sums.size(); ++i) {
    sums[i].train_loss += rows[i].train_loss;
    sums[i].validation_accuracy += rows[i].validation_accuracy;
    sums[i].validation_macro_f1 += rows[i].validation_macro_f1;
    sums[i].validation_log_loss += rows[i].validation_log_loss;
    sums[i].seconds += rows[i].seconds;
  }
}

/// The epoch with the best mean score over folds, weighted by their texts.
std::int64_t choose_on_folds(const StageWork& work, const Fits& fits, training::Metric metric,
                             report::TrainingReport& report) {
  std::vector<training::EpochRow> means;
  double texts = 0;
  const std::vector<data::Split> folds = work.folds(work.data.selection.folds);
  for (std::size_t number = 0; number < folds.size(); ++number) {
    const data::Split& fold = folds[number];
    const training::TrainState result =
        fits.run(FitUse::figures, fold.train, training::Texts(work.data.train, fold.held_out), work.plans, -1,
                 concat(", fold ", number + 1, " of ", folds.size()));
    if (work.shows_folds) work.show_fold(folds, number);
    const auto weight = static_cast<double>(fold.held_out.size());
    texts += weight;
    add_rows(means, result.rows, weight);
  }
  for (training::EpochRow& row : means) scale(row, 1.0 / texts);
  report_rows(report, means);
  const auto best = std::ranges::max_element(
      means, {}, [&](const training::EpochRow& row) { return training::metric_value(row, metric); });
  return best->epoch;
}

/// Trains nearly as the final fit will, but for one fold, which is what the caller calibrates on.
std::optional<std::int64_t> leave_out_one_fold(const StageWork& work, const Fits& fits, const Approval& approved,
                                               report::TrainingReport& report) {
  const std::vector<data::Split> folds = work.folds(work.data.selection.folds);
  const data::Split& fold = folds.front();
  report.refitted = true;
  return fit_and_measure(work, fits, FitUse::figures, fold.train, {work.data.train, fold.held_out}, halved(work.plans),
                         approved, report);
}

/// What came of holding texts out.
struct Selected {
  std::optional<std::int64_t> epoch;  ///< the best; absent: none was looked for
  bool is_final = false;              ///< the classifier is the final model: no text would be added to it
};

/// Nothing where tuning is not to go on.
std::optional<Selected> select(const StageWork& work, const Fits& fits, const Approval& approved,
                               report::TrainingReport& report) {
  const std::optional<training::Metric>& metric = work.fit.metric;
  // With it, the texts are answered out of fold by other fits before the final model is used.
  const FitUse final_use = work.cross_validate ? FitUse::kept : FitUse::model;
  Selected selected;
  switch (work.strategy()) {
    case report::Validation::given:
      selected.is_final = true;
      selected.epoch =
          fit_and_measure(work, fits, final_use, work.all_texts(), *work.data.validation, work.plans, approved, report);
      if (!selected.epoch) return std::nullopt;
      break;
    case report::Validation::split: {
      const data::Split& split = work.data.split;
      selected.is_final = !work.settings.training.refit;
      report.refitted = work.settings.training.refit;
      selected.epoch = fit_and_measure(work, fits, selected.is_final ? final_use : FitUse::figures, split.train,
                                       {work.data.train, split.held_out},
                                       metric || selected.is_final ? work.plans : halved(work.plans), approved, report);
      if (!selected.epoch) return std::nullopt;
      break;
    }
    case report::Validation::cross_validation:
      if (metric) {
        selected.epoch = choose_on_folds(work, fits, *metric, report);
      } else if (approved || !work.cross_validate) {
        selected.epoch = leave_out_one_fold(work, fits, approved, report);
        if (!selected.epoch) return std::nullopt;
      }
      break;
    case report::Validation::defaults:
      break;
  }
  if (!metric) selected.epoch.reset();
  return selected;
}

at::Tensor predict_out_of_fold(const StageWork& work, const Fits& fits, std::int64_t epochs) {
  at::Tensor logits = at::zeros({static_cast<std::int64_t>(work.data.train.size()), work.classifier.head().num_labels});
  // Where epochs were chosen on folds, those have been shown.
  const bool shown = work.strategy() == report::Validation::cross_validation && work.fit.metric;
  const std::vector<data::Split> folds = work.folds(kFolds);
  for (std::size_t number = 0; number < folds.size(); ++number) {
    const data::Split& fold = folds[number];
    const std::string what = concat(", for figures without ", number + 1, " of ", folds.size());
    (void)fits.run(FitUse::figures, fold.train, std::nullopt, work.plans, epochs, what);
    const checkpoint::NamedTensors part = work.state.once(work.settings.name + " out of fold", [&] {
      return checkpoint::NamedTensors{
          {"logits", training::compute_logits(work.classifier, {work.data.train, fold.held_out}, nullptr,
                                              work.settings.pad_id, work.settings.name + what, work.progress)}};
    });
    logits.index_copy_(0, training::index_tensor(fold.held_out), part.at("logits"));
    if (work.shows_folds && !shown) work.show_fold(folds, number);
  }
  return logits;
}

/// The head that training left aside, over what the encoder now makes of some texts of every label: for
/// completeness, the target does without it.
void solve_head(const StageWork& work, report::TrainingReport& report) {
  const Indices some = sample_shots(work.data.train, kStartShots, work.settings.training.seed).indices;
  const training::Texts texts(work.data.train, some);
  const at::Tensor features = training::compute_features(work.classifier, texts, work.settings.pad_id,
                                                         work.settings.name + ": head", work.progress);
  report.C = work.settings.C.value_or(kDefaultC);
  const training::LinearHead head = training::solve_probe(
      training::make_problem(features, texts, work.classifier.head().num_labels, work.loss), *report.C);
  work.classifier.set_head(head.weight, head.bias);
}

}  // namespace

bool train_tuned(const StageWork& work, const StageProbe* probe, StageOutcome& outcome, const Approval& approved) {
  const bool once = !approved && !work.cross_validate &&
                    (work.strategy() == report::Validation::given || work.strategy() == report::Validation::defaults);
  const Fits fits(work, probe, once);
  report::TrainingReport& report = outcome.training;
  const std::optional<Selected> selected = select(work, fits, approved, report);
  if (!selected) {
    fits.reset();
    return false;
  }
  if (selected->epoch) {
    report.best_epoch = *selected->epoch;
    report.selection_metric = work.settings.training.metric_for_best_model.value();
  }
  std::int64_t planned = 0;
  for (const training::PhasePlan& plan : work.plans) {
    planned += training::is_solved(plan, work.classifier, *work.objective) ? 1 : plan.epochs;
  }
  const std::int64_t epochs = selected->epoch.value_or(planned);
  if (work.cross_validate) {
    std::optional<training::Snapshot> final_model;
    if (selected->is_final) final_model.emplace(work.classifier, &work.plans, training::Snapshot::Words::shared);
    outcome.out_of_fold = predict_out_of_fold(work, fits, epochs);
    if (final_model) final_model->restore(work.classifier);
  }
  if (!selected->is_final) {
    const training::TrainState result = fits.run(FitUse::model, work.all_texts(), std::nullopt, work.plans, epochs);
    if (report.per_epoch.empty()) report_rows(report, result.rows);
    report.epochs = result.kept_epoch();
    report.examples = static_cast<std::int64_t>(work.data.train.size());
  }
  if (!work.objective->trains_head()) solve_head(work, report);
  return true;
}

}  // namespace tt::runs
