#pragma once

#include "transfer_tune/training/encoded_set.hpp"

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace tt::training {

/// What a classifier makes of a batch, differentiable.
struct Outputs {
  at::Tensor features;  ///< what the linear layer sees, before dropout: [texts, hidden]
  at::Tensor logits;    ///< [texts, labels], fp32
};

/// -Σ wᵢ·Σⱼ qᵢⱼ·log pᵢⱼ / Σ wᵢ with q = (1 - smoothing)·onehot + smoothing / labels, as PyTorch states it.
struct CrossEntropyOptions {
  std::vector<double> class_weights;  ///< one per label; empty: all 1
  double label_smoothing = 0;
};

/// What a fit minimises, and in which order it looks at the texts. A new one is a file in src/training/objectives with
/// a function that makes it, declared below.
class Objective {
 public:
  Objective() = default;
  Objective(const Objective&) = delete;
  Objective& operator=(const Objective&) = delete;
  virtual ~Objective() = default;

  /// The texts of an epoch (1-based over all phases) in the order that steps take them in, as positions in their set.
  /// Unless overridden, every text once, shuffled.
  [[nodiscard]] virtual std::vector<std::size_t> order(const Texts& texts, std::uint64_t seed,
                                                       std::int64_t epoch) const;
  /// What texts with these labels count for in the mean over a step or an epoch, so that the gradient of a step does
  /// not depend on how its batch is cut.
  [[nodiscard]] virtual double weight(std::span<const std::int32_t> labels) const = 0;
  /// The weighted mean loss over a batch; `labels` [texts] int64 on the outputs' device.
  [[nodiscard]] virtual at::Tensor loss(const Outputs& outputs, const at::Tensor& labels) const = 0;
  /// The same loss where it is a cross-entropy of the logits, which a linear head over fixed features is solved for
  /// instead of stepped; null where it is none.
  [[nodiscard]] virtual const CrossEntropyOptions* as_cross_entropy() const noexcept { return nullptr; }
};

[[nodiscard]] std::unique_ptr<Objective> make_cross_entropy(CrossEntropyOptions options);

}  // namespace tt::training
