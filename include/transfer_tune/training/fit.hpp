#pragma once

#include "transfer_tune/core/log.hpp"
#include "transfer_tune/evaluation/metrics.hpp"
#include "transfer_tune/model/classifier.hpp"
#include "transfer_tune/training/activation_store.hpp"
#include "transfer_tune/training/encoded_set.hpp"
#include "transfer_tune/training/optimizer.hpp"
#include "transfer_tune/training/policy.hpp"
#include "transfer_tune/training/probe.hpp"
#include "transfer_tune/training/schedule.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace tt::training {

enum class Metric { accuracy, macro_f1, log_loss };

struct FitOptions {
  std::int64_t batch_size = 32;
  AdamWOptions optimizer;
  Schedule schedule = Schedule::linear;
  double warmup_ratio = 0;
  std::int64_t gradient_accumulation_steps = 1;
  double label_smoothing = 0;
  std::vector<double> class_weights;  ///< one per label; empty: all 1
  std::optional<Metric> metric;       ///< decides the best epoch; absent: none is, the last epoch's weights stay
  std::int64_t patience = 0;          ///< epochs without gain before stopping; 0: never
  std::int64_t stop_after = -1;       ///< epochs to run of those planned, their schedule unchanged; -1: all
  bool head_solved = false;           ///< the head is the optimum over the starting features: epoch 0 is its result
  double C = 1;                       ///< inverse L2 strength where a phase is solved
  std::uint64_t seed = 0;
  std::int32_t pad_id = 0;
  std::string stage = "train";       ///< for progress
  bool int8 = false;                 ///< frozen layers whose outputs are kept compute in 8-bit integers
  ActivationStore* store = nullptr;  ///< keeps what frozen prefixes make of the sets; null: kept for this call alone
};

/// What one epoch did; validation figures are NaN without a validation set.
struct EpochRow {
  std::size_t phase = 0;   ///< 0-based
  std::int64_t epoch = 0;  ///< 1-based over all phases; 0: the solved head before any
  double train_loss = std::numeric_limits<double>::quiet_NaN();
  double validation_accuracy = std::numeric_limits<double>::quiet_NaN();
  double validation_macro_f1 = std::numeric_limits<double>::quiet_NaN();
  double validation_log_loss = std::numeric_limits<double>::quiet_NaN();
  double learning_rate = 0;  ///< of the encoder's top trained parameter at the epoch's end
  double seconds = 0;
  double examples_per_second = std::numeric_limits<double>::quiet_NaN();
};

/// Fills the row's validation figures.
void set_validation(EpochRow& row, const evaluation::Metrics& metrics);

/// The row's validation figure for `metric`, so that larger is better.
[[nodiscard]] double metric_value(const EpochRow& row, Metric metric);

struct FitResult {
  std::vector<EpochRow> rows;
  std::int64_t best_epoch = 0;  ///< the epoch whose weights the classifier has now
  bool stopped_early = false;
};

/// Trains `classifier` in place through `plans` (made for its used parameters, in the order of `used_parameters`).
/// With validation texts and a metric, the weights of the best epoch are put back at the end. A phase that trains
/// nothing but a linear head over fixed features is solved as the convex problem it is and counts as one epoch. Throws
/// `NonFiniteError` naming the step and the batch's texts, `InterruptedError`.
[[nodiscard]] FitResult fit(model::Classifier& classifier, const Texts& train, const std::optional<Texts>& validation,
                            const std::vector<PhasePlan>& plans, const FitOptions& options,
                            const ProgressCallback& progress);

/// The parameters of `classifier` as freezing rules see them, in the order of `used_parameters`.
[[nodiscard]] std::vector<ParameterInfo> parameter_infos(model::Classifier& classifier);

/// True when the plan trains the linear head alone, and what it reads is fixed.
[[nodiscard]] bool is_convex(const PhasePlan& plan, model::Classifier& classifier);

/// Copies of parameter values, to go back to.
class Snapshot {
 public:
  /// Of every used parameter, or of those that any of `plans` trains.
  explicit Snapshot(model::Classifier& classifier, const std::vector<PhasePlan>* plans = nullptr);
  void restore(model::Classifier& classifier) const;

 private:
  std::vector<at::Tensor> values_;  ///< undefined: not kept
};

/// Softmax of logits [texts, labels] over `temperature` beside the true labels, for the metrics.
[[nodiscard]] evaluation::Scores to_scores(const at::Tensor& logits, const std::vector<std::int32_t>& labels,
                                           double temperature = 1);

}  // namespace tt::training
