#pragma once

#include "transfer_tune/ops/adamw.hpp"

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace tt::training {

/// A tensor under optimization.
struct OptimizedTensor {
  at::Tensor value;  ///< a leaf that requires a gradient
  double learning_rate = 0;
  bool decay = false;  ///< weight decay applies
  at::Tensor start{};  ///< what l2_sp pulls to; read only with it
};

struct AdamWOptions {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;
  double max_grad_norm = 0;  ///< 0: no clipping
  /// Decoupled pull towards the starting values: w ← w + lr·l2_sp·(start − w) after each step (Li, Grandvalet and
  /// Davoine, "Explicit Inductive Bias for Transfer Learning with Convolutional Networks", ICML 2018).
  double l2_sp = 0;
};

/// What AdamW remembers of the steps so far, one entry a tensor; empty before the first.
struct AdamWState {
  std::int64_t steps = 0;
  std::vector<at::Tensor> first_moments;
  std::vector<at::Tensor> second_moments;
};

/// AdamW over tensors with rates of their own: the state that `ops::adamw` works on.
class AdamW {
 public:
  /// Goes on from `state`, whose tensors it changes.
  AdamW(std::vector<OptimizedTensor> tensors, const AdamWOptions& options, const AdamWState& state = {});

  /// The L2 norm of all gradients together.
  [[nodiscard]] double gradient_norm();
  /// One step with every learning rate times `factor`, gradients clipped by `norm` (from `gradient_norm`), then
  /// cleared.
  void step(double factor, double norm);
  /// As it is now; the tensors are those that the next step changes.
  [[nodiscard]] AdamWState state() const;
  /// Whether every value is finite.
  [[nodiscard]] bool finite() const;
  /// A row that gets no gradient is a multiple of its starting value; this is the multiple after the steps so far,
  /// for a tensor with this rate and decay. Lets embedding rows that never occur stay out of the optimizer.
  [[nodiscard]] static double untouched_factor(double before, double rate, bool decay, const AdamWOptions& options);

 private:
  void collect_gradients();

  AdamWOptions options_;
  std::vector<OptimizedTensor> tensors_;
  std::vector<ops::AdamWTensor> state_;  ///< beside `tensors_`
  std::int64_t steps_ = 0;
};

}  // namespace tt::training
