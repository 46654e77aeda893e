#include "transfer_tune/ops/sigmoid_regression.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace tt::ops {

double SigmoidRegression::loss(const at::Tensor& weight, const at::Tensor& bias, at::Tensor& grad_weight,
                               at::Tensor& grad_bias) const {
  const at::NoGradGuard no_grad;
  const at::Tensor logits = at::addmm(bias, features, weight.t());
  const at::Tensor weights = row_weights.unsqueeze(1) * label_weights;
  const at::Tensor residual = (at::sigmoid(logits) - targets).mul_(weights);
  grad_weight.copy_(at::mm(residual.t(), features));
  grad_bias.copy_(residual.sum(0));
  return (at::softplus(logits) - logits * targets).mul_(weights).sum(at::kDouble).item<double>();
}

}  // namespace tt::ops
