#include "runs/solved_stage.hpp"

#include "transfer_tune/training/forward.hpp"
#include "transfer_tune/training/rows.hpp"

#include <ATen/ATen.h>

#include <optional>
#include <utility>

namespace tt::runs {
namespace {

void put_on(model::Classifier& classifier, const training::LinearHead& head) {
  classifier.set_head(head.weight, head.bias);
}

/// Every fold's head answers what it did not see: shown to the caller, and kept where it is asked for.
void answer_folds(const StageWork& work, const StageProbe& probe, StageOutcome& outcome) {
  at::Tensor logits = at::zeros({probe.features().size(0), work.classifier.head().num_labels});
  const std::vector<data::Split> folds = work.folds(kFolds);
  for (std::size_t number = 0; number < folds.size(); ++number) {
    const data::Split& fold = folds[number];
    put_on(work.classifier, probe.solve_fold(number, fold.train));
    const at::Tensor features = training::rows_at(probe.features(), fold.held_out);
    logits.index_copy_(0, training::index_tensor(fold.held_out), training::head_logits(work.classifier, features));
    if (work.shows_folds) work.show_fold(folds, number, features);
  }
  if (work.cross_validate) outcome.out_of_fold = std::move(logits);
}

/// The head without the split's held-out texts, which are shown to the caller.
training::LinearHead solve_split(const StageWork& work, const StageProbe& probe, training::EpochRow& row) {
  const data::Split& split = work.data.split;
  const bool refit = work.settings.training.refit;
  training::LinearHead head =
      probe.split_head() != nullptr && refit
          ? *probe.split_head()
          : probe.solve(split.train, probe.split_head(),
                        refit ? training::ProbeAccuracy::scored : training::ProbeAccuracy::solved);
  put_on(work.classifier, head);
  const training::Texts held_out(work.data.train, split.held_out);
  const at::Tensor features = training::rows_at(probe.features(), split.held_out);
  const at::Tensor logits = training::head_logits(work.classifier, features);
  training::set_validation(row, training::answers_of(logits, held_out));
  if (!work.shows_folds) work.show(held_out, split.train, features);
  return head;
}

/// What the solver minimised: the loss of the texts that it saw, as an epoch of steps reports it.
double loss_of(const StageWork& work, const StageProbe& probe, const Indices& trained) {
  const at::Tensor features = training::rows_at(probe.features(), trained);
  return work.objective->loss({features, training::head_logits(work.classifier, features)}, {work.data.train, trained})
      .item<double>();
}

}  // namespace

void train_solved(const StageWork& work, const StageProbe& probe, StageOutcome& outcome) {
  if (work.cross_validate || work.shows_folds) answer_folds(work, probe, outcome);
  const bool refit = work.settings.training.refit;
  training::EpochRow row{.phase = 0, .epoch = 1};
  Indices trained = work.all_texts();
  std::optional<training::LinearHead> chosen;
  if (!work.data.split.held_out.empty()) {
    chosen = solve_split(work, probe, row);
    outcome.training.refitted = refit;
    if (!refit) trained = work.data.split.train;
  }
  if (!chosen || refit) put_on(work.classifier, probe.solve(trained, chosen ? &*chosen : nullptr));
  if (work.data.validation) {
    const at::Tensor logits = training::head_logits(work.classifier, probe.validation_features());
    training::set_validation(row, training::answers_of(logits, *work.data.validation));
    work.show(*work.data.validation, trained, probe.validation_features());
  }
  row.train_loss = loss_of(work, probe, trained);
  report_rows(outcome.training, {row});
  if (!outcome.training.candidates_C.empty()) {
    outcome.training.selection_metric = work.data.train.multi_label ? "micro_f1" : "accuracy";
  }
  outcome.training.epochs = 1;
  outcome.training.examples = static_cast<std::int64_t>(trained.size());
}

}  // namespace tt::runs
