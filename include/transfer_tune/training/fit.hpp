#pragma once

#include "transfer_tune/core/log.hpp"
#include "transfer_tune/evaluation/metrics.hpp"
#include "transfer_tune/evaluation/multi_label.hpp"
#include "transfer_tune/model/classifier.hpp"
#include "transfer_tune/training/activation_store.hpp"
#include "transfer_tune/training/encoded_set.hpp"
#include "transfer_tune/training/objective.hpp"
#include "transfer_tune/training/optimizer.hpp"
#include "transfer_tune/training/policy.hpp"
#include "transfer_tune/training/schedule.hpp"
#include "transfer_tune/training/train_state.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tt::training {

struct FitOptions {
  std::int64_t batch_size = 32;
  AdamWOptions optimizer;
  Schedule schedule = Schedule::linear;
  double warmup_ratio = 0;
  std::int64_t gradient_accumulation_steps = 1;
  std::optional<Metric> metric;  ///< decides the best epoch; absent: none is, the last epoch's weights stay
  std::int64_t patience = 0;     ///< epochs without gain before stopping; 0: never
  std::int64_t stop_after = -1;  ///< epochs to run of those planned, their schedule unchanged; -1: all
  bool head_solved = false;      ///< the head is the optimum over the starting features: epoch 0 is its result
  double C = 1;                  ///< inverse L2 strength where a phase is solved
  std::uint64_t seed = 0;
};

/// Keeps where a fit is, so that another process can go on from there.
class FitKeeper {
 public:
  FitKeeper() = default;
  FitKeeper(const FitKeeper&) = delete;
  FitKeeper& operator=(const FitKeeper&) = delete;
  virtual ~FitKeeper() = default;
  /// Whether to keep it now; asked after every step, and where no step is left.
  [[nodiscard]] virtual bool wants(bool ended) = 0;
  /// `state` has its weights, and shares its tensors with the fit. Called where the fit wants it, and at an
  /// interruption.
  virtual void keep(const TrainState& state) = 0;
};

/// What a fit works with beside its numbers.
struct FitServices {
  std::int32_t pad_id = 0;
  std::string stage = "train";       ///< for progress
  bool int8 = false;                 ///< frozen layers whose outputs are kept compute in 8-bit integers
  ActivationStore* store = nullptr;  ///< keeps what frozen prefixes make of the sets; null: kept for this call alone
  ProgressCallback progress = {};
  FitKeeper* keeper = nullptr;
  /// Called after every step; false ends the fit there, to be gone on with from the state that it returns.
  std::function<bool(const TrainState&)> after_step = {};
};

/// Trains `classifier` in place through `plans` (made for its used parameters, in the order of `used_parameters`), from
/// the beginning or from where `state` and the classifier's weights (or the state's own) were left; bit for bit the
/// same either way. With validation texts and a metric, the weights of the best epoch are put back at the end. A phase
/// that trains nothing but a linear head over fixed features is solved where the objective says so (see `is_solved`):
/// it is one epoch. Throws `NonFiniteError` naming the step and the batch's texts, `InterruptedError`,
/// `CheckpointError` for a state that is not of this fit.
[[nodiscard]] TrainState fit(model::Classifier& classifier, const Texts& train, const std::optional<Texts>& validation,
                             const std::vector<PhasePlan>& plans, const Objective& objective, const FitOptions& options,
                             const FitServices& services, TrainState state = {});

/// The parameters of `classifier` as freezing rules see them, in the order of `used_parameters`.
[[nodiscard]] std::vector<ParameterInfo> parameter_infos(model::Classifier& classifier);

/// True when the plan trains the linear head alone, and what it reads is fixed.
[[nodiscard]] bool is_convex(const PhasePlan& plan, model::Classifier& classifier);

/// True when `fit` solves the phase instead of stepping its head: it is convex, and the objective a cross-entropy then.
[[nodiscard]] bool is_solved(const PhasePlan& plan, model::Classifier& classifier, const Objective& objective);

/// Softmax of logits [texts, labels] over `temperature` beside the true labels, for the metrics.
[[nodiscard]] evaluation::Scores to_scores(const at::Tensor& logits, const std::vector<std::int32_t>& labels,
                                           double temperature = 1);

/// Sigmoid of logits [texts, labels] over `temperature` beside `targets` [texts, labels] of 0 and 1.
[[nodiscard]] evaluation::MultiLabelScores to_scores(const at::Tensor& logits, const at::Tensor& targets,
                                                     double temperature = 1);

/// Logits [texts, labels] beside what the texts are labelled with.
[[nodiscard]] Answers answers_of(const at::Tensor& logits, const Texts& texts);

/// Fills the row's validation figures. With several labels a text the accuracy is the share whose labels are answered
/// exactly, at the one threshold that is best for their micro F1.
void set_validation(EpochRow& row, const Answers& answers);

}  // namespace tt::training
