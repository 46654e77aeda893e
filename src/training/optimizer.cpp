#include "transfer_tune/training/optimizer.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <utility>

namespace tt::training {

AdamW::AdamW(std::vector<OptimizedTensor> tensors, const AdamWOptions& options) : options_(options) {
  for (OptimizedTensor& tensor : tensors) {
    const double decay = tensor.decay ? options.weight_decay : 0.0;
    auto group = std::find_if(groups_.begin(), groups_.end(), [&](const Group& g) {
      return g.learning_rate == tensor.learning_rate && g.weight_decay == decay;
    });
    if (group == groups_.end()) {
      groups_.push_back({tensor.learning_rate, decay, {}, {}, {}, {}, {}});
      group = std::prev(groups_.end());
    }
    const at::Tensor value = tensor.value.detach();
    group->first_moments.push_back(at::zeros_like(value));
    group->second_moments.push_back(at::zeros_like(value));
    group->steps.push_back(at::zeros({}, value.options()));
    if (options.l2_sp > 0) group->starts.push_back(std::move(tensor.start));
    group->values.push_back(std::move(tensor.value));
  }
}

double AdamW::gradient_norm() const {
  std::vector<at::Tensor> norms;
  for (const Group& group : groups_) {
    std::vector<at::Tensor> grads;
    for (const at::Tensor& value : group.values) {
      if (value.grad().defined()) grads.push_back(value.grad());
    }
    if (grads.empty()) continue;
    for (at::Tensor& norm : at::_foreach_norm(grads, 2)) norms.push_back(norm);
  }
  return norms.empty() ? 0.0 : at::stack(norms).norm().item<double>();
}

void AdamW::step(double factor, double norm) {
  const at::NoGradGuard no_grad;
  const bool clip = options_.max_grad_norm > 0 && norm > options_.max_grad_norm;
  for (Group& group : groups_) {
    std::vector<at::Tensor> values;
    std::vector<at::Tensor> grads;
    for (const at::Tensor& value : group.values) {
      values.push_back(value.detach());
      grads.push_back(value.grad().defined() ? value.grad() : at::zeros_like(values.back()));
    }
    const double rate = group.learning_rate * factor;
    at::_foreach_add_(group.steps, 1);
    // The kernel divides gradients by grad_scale, which makes clipping part of its pass.
    std::optional<at::Tensor> scale;
    if (clip) scale = at::full({}, norm / options_.max_grad_norm, values.front().options());
    at::_fused_adamw_(values, grads, group.first_moments, group.second_moments, {}, group.steps, rate, options_.beta1,
                      options_.beta2, group.weight_decay, options_.epsilon, /*amsgrad=*/false, /*maximize=*/false,
                      scale, std::nullopt);
    if (options_.l2_sp > 0) {
      for (std::size_t i = 0; i < values.size(); ++i) values[i].lerp_(group.starts[i], rate * options_.l2_sp);
    }
    for (at::Tensor& value : group.values) value.mutable_grad() = at::Tensor();
  }
}

bool AdamW::finite() const {
  const at::NoGradGuard no_grad;
  return std::all_of(groups_.begin(), groups_.end(), [](const Group& group) {
    return std::all_of(group.values.begin(), group.values.end(),
                       [](const at::Tensor& value) { return value.isfinite().all().item<bool>(); });
  });
}

double AdamW::untouched_factor(double before, double rate, bool decay, const AdamWOptions& options) {
  const double decayed = before * (1.0 - rate * (decay ? options.weight_decay : 0.0));
  return decayed + rate * options.l2_sp * (1.0 - decayed);
}

}  // namespace tt::training
