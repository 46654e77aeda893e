#pragma once

#include <ATen/core/Tensor.h>

namespace tt::ops {

/// Logistic regression of every label for itself, over fixed features.
struct SigmoidRegression {
  at::Tensor features;       ///< [rows, columns] fp32
  at::Tensor targets;        ///< [rows, labels] fp32, 0 to 1
  at::Tensor row_weights;    ///< [rows] fp32
  at::Tensor label_weights;  ///< [labels] fp32

  /// Σᵢ row_weightsᵢ·Σⱼ label_weightsⱼ·ℓᵢⱼ, ℓ the binary cross-entropy, at logits = features · weightᵀ + bias; weight:
  /// [labels, columns]. Its gradient goes into `grad_weight` and `grad_bias`.
  double loss(const at::Tensor& weight, const at::Tensor& bias, at::Tensor& grad_weight, at::Tensor& grad_bias) const;
};

}  // namespace tt::ops
