#pragma once

#include "runs/train_stage.hpp"
#include "transfer_tune/training/fit.hpp"
#include "transfer_tune/training/objective.hpp"

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <memory>
#include <numeric>
#include <vector>

namespace tt::runs {

using Indices = std::vector<std::size_t>;

/// Up to this many texts heads are solved on folds; beyond, one held-out part is precise enough.
inline constexpr std::size_t kCrossValidatedTexts = 3000;
/// For figures and for the strength of solved heads, whatever the number that epochs are chosen on.
inline constexpr std::size_t kFolds = 5;

/// Texts per label that a head is solved on where it is not what the stage is for: a start, or for completeness.
inline constexpr std::size_t kStartShots = 30;
/// The strength of a solved head where nothing can be held out to choose it.
inline constexpr double kDefaultC = 30;

/// What the parts of one stage's training share; nothing of it changes meanwhile but the classifier's weights.
struct StageWork {
  model::Classifier& classifier;
  const StageData& data;
  const StageSettings& settings;
  bool cross_validate;  ///< out-of-fold predictions are asked for
  training::ActivationStore& store;
  RunState& state;
  const ProgressCallback& progress;
  const HeldOutCallback& held_out;
  std::vector<training::PhasePlan> plans;
  training::CrossEntropyOptions loss;
  std::unique_ptr<training::Objective> objective;
  training::FitOptions fit;
  bool solved_only = false;  ///< every phase is a convex problem: no weight is stepped
  bool shows_folds = false;  ///< `held_out` gets every fold's classifier with the texts that it did not see

  [[nodiscard]] report::Validation strategy() const { return data.report.validation_strategy; }
  [[nodiscard]] Indices all_texts() const {
    Indices all(data.train.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    return all;
  }
  /// The stage's texts in as many folds, without those that hold out nothing.
  [[nodiscard]] std::vector<data::Split> folds(std::size_t count) const {
    return usable_folds(data.train, count, settings.training.seed);
  }
  /// Lets the caller look at the classifier as it is now, trained on `train`, and at texts that it never saw.
  /// `features` where the encoder is frozen.
  void show(const training::Texts& texts, const Indices& train, const at::Tensor& features = {}) const {
    if (held_out) held_out({texts, train, features});
  }
  /// The same of fold `number` of `folds`.
  void show_fold(const std::vector<data::Split>& folds, std::size_t number, const at::Tensor& features = {}) const {
    const data::Split& fold = folds[number];
    held_out({{data.train, fold.held_out}, fold.train, features, number, folds.size()});
  }
};

/// What training by `settings` comes to; everything handed in must outlive it. Throws as `plan_stage`.
[[nodiscard]] StageWork plan_work(model::Classifier& classifier, const StageData& data, const StageSettings& settings,
                                  bool cross_validate, training::ActivationStore& store, RunState& state,
                                  const ProgressCallback& progress, const HeldOutCallback& held_out);

/// What is trained, as reported.
void describe_work(const StageWork& work, StageOutcome& outcome);

/// Puts the rows into the report in place of those that are there.
void report_rows(report::TrainingReport& report, const std::vector<training::EpochRow>& rows);

}  // namespace tt::runs
