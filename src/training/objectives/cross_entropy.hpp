#pragma once

#include "transfer_tune/training/objective.hpp"

namespace tt::training {

/// What the texts of a batch are to be answered and what each counts for, on the outputs' device.
struct Taught {
  at::Tensor targets;  ///< [texts, labels]: rᵢ·cⱼ·qᵢⱼ of `CrossEntropyOptions`
  at::Tensor weights;  ///< [texts]: wᵢ
};

/// The cross-entropy, and what other objectives share with it.
class CrossEntropy : public Objective {
 public:
  explicit CrossEntropy(CrossEntropyOptions options);

  [[nodiscard]] double weight(const Texts& texts) const override;
  [[nodiscard]] at::Tensor loss(const Outputs& outputs, const Texts& batch) const override;
  [[nodiscard]] const CrossEntropyOptions* as_cross_entropy() const noexcept override { return &options_; }

 protected:
  /// `logits` [texts, labels] of the batch say how many labels there are, and where the tensors go.
  [[nodiscard]] Taught taught(const Texts& batch, const at::Tensor& logits) const;

 private:
  CrossEntropyOptions options_;
  at::Tensor class_weights_;  ///< [labels]; undefined: all 1
};

}  // namespace tt::training
