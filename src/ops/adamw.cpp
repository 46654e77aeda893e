#include "transfer_tune/ops/adamw.hpp"

#include "ops/parallel.hpp"
#include "ops/require.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <optional>
#include <utility>

namespace tt::ops {
namespace {

/// Values a task takes: small enough that threads share even a small model evenly, and that a task's four or five
/// arrays stay in the cache.
constexpr std::int64_t kSliceValues = 16384;

struct Slice {
  std::size_t tensor;
  std::int64_t begin;
  std::int64_t count;
};

std::vector<Slice> slices_of(const std::vector<AdamWTensor>& tensors) {
  std::vector<Slice> slices;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const std::int64_t total = tensors[i].value.numel();
    for (std::int64_t begin = 0; begin < total; begin += kSliceValues) {
      slices.push_back({i, begin, std::min(kSliceValues, total - begin)});
    }
  }
  return slices;
}

bool all_for_kernels(const std::vector<AdamWTensor>& tensors) {
  return std::all_of(tensors.begin(), tensors.end(), [](const AdamWTensor& tensor) {
    return kernels_apply(tensor.value) && tensor.value.is_contiguous() &&
           (!tensor.grad.defined() || tensor.grad.is_contiguous());
  });
}

void require_gradients(const std::vector<AdamWTensor>& tensors) {
  for (const AdamWTensor& tensor : tensors) {
    if (tensor.grad.defined()) require_readable("adamw", "grad", tensor.grad, tensor.value.sizes());
  }
}

}  // namespace

double gradient_norm(const std::vector<AdamWTensor>& tensors) {
  if (!all_for_kernels(tensors)) return reference::gradient_norm(tensors);
  require_gradients(tensors);
  const std::vector<Slice> slices = slices_of(tensors);
  std::vector<double> sums(slices.size(), 0.0);
  at::parallel_for(0, static_cast<std::int64_t>(slices.size()), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const Slice& slice = slices[static_cast<std::size_t>(i)];
      const at::Tensor& grad = tensors[slice.tensor].grad;
      if (!grad.defined()) continue;
      sums[static_cast<std::size_t>(i)] =
          kernels().sum_squares(grad.const_data_ptr<float>() + slice.begin, slice.count);
    }
  });
  return std::sqrt(std::accumulate(sums.begin(), sums.end(), 0.0));
}

void adamw(const std::vector<AdamWTensor>& tensors, const AdamWStep& step) {
  if (!tensors.empty() && tensors.front().value.is_cuda()) return adamw_by_aten(tensors, step);
  if (!all_for_kernels(tensors)) return reference::adamw(tensors, step);
  require_gradients(tensors);
  for (const AdamWTensor& tensor : tensors) {
    constexpr const char* op = "adamw";
    const at::IntArrayRef sizes = tensor.value.sizes();
    require_readable(op, "first_moment", tensor.first_moment, sizes);
    require_readable(op, "second_moment", tensor.second_moment, sizes);
    if (step.pull > 0) require_readable(op, "start", tensor.start, sizes);
  }
  const auto number = static_cast<double>(step.number);
  const double correction1 = 1.0 - std::pow(step.beta1, number);
  const double correction2 = 1.0 - std::pow(step.beta2, number);
  const std::vector<Slice> slices = slices_of(tensors);
  at::parallel_for(0, static_cast<std::int64_t>(slices.size()), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const Slice& slice = slices[static_cast<std::size_t>(i)];
      const AdamWTensor& tensor = tensors[slice.tensor];
      const double rate = tensor.learning_rate;
      kernels().adamw({.value = tensor.value.mutable_data_ptr<float>() + slice.begin,
                       .grad = tensor.grad.defined() ? tensor.grad.const_data_ptr<float>() + slice.begin : nullptr,
                       .first_moment = tensor.first_moment.mutable_data_ptr<float>() + slice.begin,
                       .second_moment = tensor.second_moment.mutable_data_ptr<float>() + slice.begin,
                       .start = step.pull > 0 ? tensor.start.const_data_ptr<float>() + slice.begin : nullptr,
                       .count = slice.count,
                       .kept = static_cast<float>(1.0 - rate * tensor.weight_decay),
                       .beta1 = static_cast<float>(step.beta1),
                       .beta2 = static_cast<float>(step.beta2),
                       .step_size = static_cast<float>(rate / correction1),
                       .inverse_root_correction = static_cast<float>(1.0 / std::sqrt(correction2)),
                       .epsilon = static_cast<float>(step.epsilon),
                       .inverse_grad_scale = static_cast<float>(1.0 / step.grad_scale),
                       .pull = static_cast<float>(rate * step.pull)});
    }
  });
}

void adamw_by_aten(const std::vector<AdamWTensor>& tensors, const AdamWStep& step) {
  const at::NoGradGuard no_grad;
  struct Group {
    std::vector<at::Tensor> values;
    std::vector<at::Tensor> grads;
    std::vector<at::Tensor> first_moments;
    std::vector<at::Tensor> second_moments;
    std::vector<at::Tensor> numbers;
  };
  const at::TensorOptions options = tensors.front().value.options();
  const at::Tensor scale = at::full({}, step.grad_scale, options);
  const at::Tensor number = at::full({}, static_cast<double>(step.number), options);
  std::map<std::pair<double, double>, Group> groups;
  for (const AdamWTensor& tensor : tensors) {
    Group& group = groups[{tensor.learning_rate, tensor.weight_decay}];
    group.values.push_back(tensor.value);
    group.grads.push_back(tensor.grad.defined() ? tensor.grad : at::zeros_like(tensor.value));
    group.first_moments.push_back(tensor.first_moment);
    group.second_moments.push_back(tensor.second_moment);
    group.numbers.push_back(number);
  }
  for (const auto& [settings, group] : groups) {
    const auto& [rate, decay] = settings;
    at::_fused_adamw_(group.values, group.grads, group.first_moments, group.second_moments, {}, group.numbers, rate,
                      step.beta1, step.beta2, decay, step.epsilon, /*amsgrad=*/false, /*maximize=*/false, scale,
                      std::nullopt);
  }
  if (step.pull <= 0) return;
  for (const AdamWTensor& tensor : tensors) tensor.value.lerp_(tensor.start, tensor.learning_rate * step.pull);
}

namespace reference {

double gradient_norm(const std::vector<AdamWTensor>& tensors) {
  std::vector<at::Tensor> grads;
  for (const AdamWTensor& tensor : tensors) {
    if (tensor.grad.defined()) grads.push_back(tensor.grad);
  }
  return grads.empty() ? 0.0 : at::stack(at::_foreach_norm(grads, 2)).norm().item<double>();
}

void adamw(const std::vector<AdamWTensor>& tensors, const AdamWStep& step) {
  const at::NoGradGuard no_grad;
  const auto number = static_cast<double>(step.number);
  const double correction1 = 1.0 - std::pow(step.beta1, number);
  const double correction2 = 1.0 - std::pow(step.beta2, number);
  for (const AdamWTensor& tensor : tensors) {
    const double rate = tensor.learning_rate;
    const at::Tensor grad = (tensor.grad.defined() ? tensor.grad : at::zeros_like(tensor.value)) / step.grad_scale;
    tensor.first_moment.lerp_(grad, 1.0 - step.beta1);
    tensor.second_moment.mul_(step.beta2).addcmul_(grad, grad, 1.0 - step.beta2);
    const at::Tensor root = tensor.second_moment.sqrt().div_(std::sqrt(correction2)).add_(step.epsilon);
    tensor.value.mul_(1.0 - rate * tensor.weight_decay).addcdiv_(tensor.first_moment, root, -rate / correction1);
    if (step.pull > 0) tensor.value.lerp_(tensor.start, rate * step.pull);
  }
}

}  // namespace reference

}  // namespace tt::ops
