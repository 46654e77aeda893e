#pragma once

#include <ATen/core/Tensor.h>

namespace tt::ops {

/// Multinomial logistic regression over fixed features.
struct SoftmaxRegression {
  at::Tensor features;     ///< [rows, columns] fp32
  at::Tensor labels;       ///< [rows] int32
  at::Tensor row_weights;  ///< [rows] fp32
  double label_smoothing = 0;
  at::Tensor targets = {};  ///< [rows, labels] fp32, each row's sum 1, in place of labels; undefined: the labels

  /// Σᵢ row_weightsᵢ · crossentropyᵢ at logits = features · weightᵀ + bias; weight: [labels, columns]. Its gradient
  /// goes into `grad_weight` and `grad_bias`.
  double loss(const at::Tensor& weight, const at::Tensor& bias, at::Tensor& grad_weight, at::Tensor& grad_bias) const;
};

/// The same through ATen: what the kernel is tested against, and what runs where it does not.
namespace reference {
double softmax_regression_loss(const SoftmaxRegression& problem, const at::Tensor& weight, const at::Tensor& bias,
                               at::Tensor& grad_weight, at::Tensor& grad_bias);
}  // namespace reference

}  // namespace tt::ops
