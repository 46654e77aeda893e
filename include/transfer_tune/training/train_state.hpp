#pragma once

#include "transfer_tune/checkpoint/safetensors.hpp"
#include "transfer_tune/model/classifier.hpp"
#include "transfer_tune/training/optimizer.hpp"
#include "transfer_tune/training/policy.hpp"

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace tt::training {

enum class Metric { accuracy, macro_f1, log_loss };

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

/// The row's validation figure for `metric`, so that larger is better.
[[nodiscard]] double metric_value(const EpochRow& row, Metric metric);

/// Copies of parameter values, to go back to.
class Snapshot {
 public:
  /// What is kept of the word embedding table. Outside a fit nothing changes it in place (see `CompactVocabulary`), so
  /// that it need not be copied: of multilingual encoders it is most of the weights.
  enum class Words { copied, shared };

  Snapshot() = default;
  /// Of every used parameter, or of those that any of `plans` trains and the head.
  explicit Snapshot(model::Classifier& classifier, const std::vector<PhasePlan>* plans = nullptr,
                    Words words = Words::copied);
  void restore(model::Classifier& classifier) const;

  /// One per used parameter; undefined: not kept.
  std::vector<at::Tensor> values;

 private:
  Words words_ = Words::copied;
};

/// The best epoch so far.
struct BestEpoch {
  std::int64_t epoch = 0;
  double value = 0;  ///< its metric, larger is better
  double untouched_factor = 1;
  Snapshot weights;
};

/// Where a fit is between two steps: with the classifier's weights, all that the rest of it depends on. Tensors are
/// shared with the fit that goes on: who keeps a state beyond it writes it down first (see `to_tensors`).
struct TrainState {
  bool begun = false;
  bool finished = false;          ///< no step is left
  bool stopped_early = false;     ///< for want of gain
  std::size_t phase = 0;          ///< the one at work
  std::int64_t phase_epochs = 0;  ///< epochs of it that are whole
  std::int64_t epoch = 0;         ///< whole epochs over all phases
  std::int64_t steps = 0;         ///< of the epoch that is not whole
  double loss_sum = 0;            ///< of those steps, by weight
  double epoch_seconds = 0;       ///< of those steps
  std::uint64_t forwards = 0;     ///< forward passes so far, by which dropout is drawn
  AdamWState optimizer;           ///< of the phase at work
  double untouched_factor = 1;    ///< what rows of the embedding table that never occur are multiplied by at the end
  /// Of the used parameters those that any phase trains and the head's, where the classifier has them not; empty: it
  /// has.
  std::vector<at::Tensor> weights{};
  std::vector<at::Tensor> starts;  ///< of the used parameters, what l2_sp pulls to; empty: nothing
  std::optional<BestEpoch> best;   ///< absent: none is chosen
  std::vector<EpochRow> rows;

  /// The epoch whose weights the classifier has once the fit is finished.
  [[nodiscard]] std::int64_t kept_epoch() const noexcept { return best ? best->epoch : epoch; }
};

/// The whole state as named tensors, for a safetensors file: copies, or, `shared`, what the state itself has on a CPU.
[[nodiscard]] checkpoint::NamedTensors to_tensors(const TrainState& state, bool shared = false);
/// The state that `to_tensors` was given, bit for bit. Throws `CheckpointError` for tensors that are none.
[[nodiscard]] TrainState from_tensors(const checkpoint::NamedTensors& tensors);

}  // namespace tt::training
