#include "runs/stage_probe.hpp"

#include "transfer_tune/core/text.hpp"
#include "transfer_tune/data/splits.hpp"
#include "transfer_tune/training/rows.hpp"

#include <ATen/ATen.h>

#include <utility>

namespace tt::runs {
namespace {

/// The strength of the solved head where nothing can be held out to choose it.
constexpr double kDefaultC = 30;
/// Texts per label that a head is solved on before tuning: all that it gives is a start.
constexpr std::size_t kStartShots = 30;
constexpr std::size_t kNoRow = static_cast<std::size_t>(-1);

at::Tensor encode(const StageWork& work, const training::EncodedSet& set) {
  const std::int64_t layers = work.settings.int8 ? work.classifier.encoder().spec().num_hidden_layers : 0;
  return work.store.features(work.classifier.in_int8(layers), set, work.settings.pad_id,
                             work.settings.name + ": encode", work.progress);
}

}  // namespace

StageProbe::StageProbe(const StageWork& work)
    : work_(work),
      texts_(work.solved_only
                 ? work.all_texts()
                 : data::sample_shots(work.data.train.labels, kStartShots, work.settings.training.seed).indices),
      rows_(work.data.train.size(), kNoRow) {
  for (std::size_t row = 0; row < texts_.size(); ++row) rows_[texts_[row]] = row;
  const training::EncodedSet& train = work.data.train;
  features_ = encode(work, texts_.size() < train.size() ? training::subset(train, texts_) : train);
  if (work.data.validation && (work.solved_only || !work.settings.C)) {
    validation_features_ = encode(work, *work.data.validation);
  }
  if (work.settings.C) {
    C_ = *work.settings.C;
  } else {
    choose_C();
  }
  log_info(concat(work.settings.name, ": head strength C = ", C_));
}

Indices StageProbe::rows_of(const Indices& texts) const {
  Indices rows;
  rows.reserve(texts.size());
  for (const std::size_t i : texts) {
    if (rows_[i] != kNoRow) rows.push_back(rows_[i]);
  }
  return rows;
}

/// Rows of `problem` to hold out in turn; texts of a validation file are added to it.
std::vector<Indices> StageProbe::choice_folds(training::ProbeProblem& problem) const {
  std::vector<Indices> folds;
  const StageData& data = work_.data;
  if (data.validation) {
    Indices& fold = folds.emplace_back(data.validation->size());
    std::iota(fold.begin(), fold.end(), texts_.size());
    problem.features = at::cat({features_, validation_features_});
    problem.labels.insert(problem.labels.end(), data.validation->labels.begin(), data.validation->labels.end());
  } else if (work_.strategy() == report::Validation::split && texts_.size() > kCrossValidatedTexts) {
    folds.push_back(rows_of(data.split.held_out));
  } else if (work_.strategy() != report::Validation::defaults) {
    for (data::Split& fold : usable_folds(problem.labels, kFolds, work_.settings.training.seed)) {
      folds.push_back(std::move(fold.held_out));
    }
  }
  return folds;
}

void StageProbe::choose_C() {
  training::ProbeProblem problem{features_, training::Texts(work_.data.train, texts_).labels(),
                                 work_.classifier.head().num_labels, work_.loss.class_weights,
                                 work_.loss.label_smoothing};
  const std::vector<Indices> folds = choice_folds(problem);
  C_ = kDefaultC;
  if (folds.empty()) return;
  const auto scores = training::cross_validate_probe(problem, folds, training::default_C_path());
  for (const training::ProbeScore& score : scores) candidates_.push_back({score.C, score.accuracy});
  const training::ProbeScore& best = training::best_probe_score(scores);
  C_ = best.C;
  if (folds.size() == 1 && !work_.data.validation) split_head_ = best.heads.front();
  if (folds.size() > 1) fold_heads_ = best.heads;
}

training::LinearHead StageProbe::solve(const Indices& train, const training::LinearHead* start,
                                       training::ProbeAccuracy accuracy) const {
  const Indices rows = rows_of(train);
  std::vector<std::int32_t> labels;
  labels.reserve(rows.size());
  for (const std::size_t row : rows) labels.push_back(work_.data.train.labels[texts_[row]]);
  return training::solve_probe(
      {training::rows_at(features_, rows), std::move(labels), work_.classifier.head().num_labels,
       work_.loss.class_weights, work_.loss.label_smoothing},
      C_, start, accuracy);
}

}  // namespace tt::runs
