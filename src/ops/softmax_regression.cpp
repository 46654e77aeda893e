#include "transfer_tune/ops/softmax_regression.hpp"

#include "ops/parallel.hpp"
#include "ops/require.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <numeric>
#include <vector>

namespace tt::ops {

namespace {

/// Throws `InternalError` for what the kernel would read beyond its end, a label without a row of `weight` included.
void require_problem(const SoftmaxRegression& problem, const at::Tensor& weight, const at::Tensor& bias) {
  constexpr const char* op = "softmax_regression";
  require_matrix(op, "weight", weight);
  require_matrix(op, "features", problem.features);
  const std::int64_t num_labels = weight.size(0);
  require_sizes(op, "weight", weight, {num_labels, problem.features.size(1)});
  require_sizes(op, "bias", bias, {num_labels});
  require_readable(op, "row_weights", problem.row_weights, {problem.features.size(0)});
  if (problem.targets.defined()) {
    require_readable(op, "targets", problem.targets, {problem.features.size(0), num_labels});
    return;
  }
  require_readable(op, "labels", problem.labels, {problem.features.size(0)}, at::kInt);
  const std::int32_t* labels = problem.labels.const_data_ptr<std::int32_t>();
  for (std::int64_t i = 0; i < problem.labels.numel(); ++i) {
    if (labels[i] >= 0 && labels[i] < num_labels) continue;
    throw InternalError(concat("ops::softmax_regression: label ", i, " is ", labels[i], "; expected 0 to ",
                               num_labels - 1, ", the rows of weight"));
  }
}

}  // namespace

double SoftmaxRegression::loss(const at::Tensor& weight, const at::Tensor& bias, at::Tensor& grad_weight,
                               at::Tensor& grad_bias) const {
  const at::NoGradGuard no_grad;
  if (!kernels_apply(features) || !features.is_contiguous()) {
    return reference::softmax_regression_loss(*this, weight, bias, grad_weight, grad_bias);
  }
  require_problem(*this, weight, bias);
  const std::int64_t num_labels = weight.size(0);
  const std::int64_t columns = weight.size(1);
  const std::int64_t stride = (num_labels + kLabelMultiple - 1) / kLabelMultiple * kLabelMultiple;
  at::Tensor transposed = at::zeros({columns, stride});
  transposed.narrow(1, 0, num_labels).copy_(weight.t());
  at::Tensor padded_bias = at::zeros({stride});
  padded_bias.narrow(0, 0, num_labels).copy_(bias);
  const double common = label_smoothing / static_cast<double>(num_labels);
  const SoftmaxRegressionArgs args{.features = features.const_data_ptr<float>(),
                                   .weight = transposed.const_data_ptr<float>(),
                                   .bias = padded_bias.const_data_ptr<float>(),
                                   .labels = targets.defined() ? nullptr : labels.const_data_ptr<std::int32_t>(),
                                   .targets = targets.defined() ? targets.const_data_ptr<float>() : nullptr,
                                   .row_weights = row_weights.const_data_ptr<float>(),
                                   .columns = columns,
                                   .num_labels = num_labels,
                                   .stride = stride,
                                   .own_share = static_cast<float>(1.0 - label_smoothing),
                                   .common_share = static_cast<float>(common)};
  const std::int64_t ranges = row_ranges(features.size(0), columns);
  const std::int64_t values = num_labels * columns + stride;
  at::Tensor grads = at::zeros({ranges, values});
  std::vector<double> losses(static_cast<std::size_t>(ranges));
  for_ranges(features.size(0), ranges, [&](std::int64_t range, std::int64_t begin, std::int64_t end) {
    std::vector<float> scratch(static_cast<std::size_t>(kernels().softmax_regression_scratch(args)));
    float* grad = grads.mutable_data_ptr<float>() + range * values;
    losses[static_cast<std::size_t>(range)] =
        kernels().softmax_regression(args, begin, end, grad, grad + num_labels * columns, scratch.data());
  });
  const at::Tensor total = ranges == 1 ? grads[0] : grads.sum(0);
  grad_weight.copy_(total.narrow(0, 0, num_labels * columns).view({num_labels, columns}));
  grad_bias.copy_(total.narrow(0, num_labels * columns, num_labels));
  return std::accumulate(losses.begin(), losses.end(), 0.0);
}

namespace reference {

double softmax_regression_loss(const SoftmaxRegression& problem, const at::Tensor& weight, const at::Tensor& bias,
                               at::Tensor& grad_weight, at::Tensor& grad_bias) {
  const at::NoGradGuard no_grad;
  const std::int64_t num_labels = weight.size(0);
  const at::Tensor log_p = at::log_softmax(at::addmm(bias, problem.features, weight.t()), 1);
  const at::Tensor given = problem.targets.defined()
                               ? problem.targets
                               : at::one_hot(problem.labels.to(at::kLong), num_labels).to(log_p.scalar_type());
  const at::Tensor targets =
      given * (1.0 - problem.label_smoothing) + problem.label_smoothing / static_cast<double>(num_labels);
  const at::Tensor row_weights = problem.row_weights.unsqueeze(1);
  const at::Tensor residual = (log_p.exp() - targets).mul_(row_weights);
  grad_weight.copy_(at::mm(residual.t(), problem.features));
  grad_bias.copy_(residual.sum(0));
  return -(log_p * targets).mul_(row_weights).sum(at::kDouble).item<double>();
}

}  // namespace reference

}  // namespace tt::ops
