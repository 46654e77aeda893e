#include "transfer_tune/training/optimizer.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <utility>

namespace tt::training {

AdamW::AdamW(std::vector<OptimizedTensor> tensors, const AdamWOptions& options)
    : options_(options), tensors_(std::move(tensors)) {
  for (const OptimizedTensor& tensor : tensors_) {
    const at::Tensor value = tensor.value.detach();
    state_.push_back({.value = value,
                      .grad = {},
                      .first_moment = at::zeros_like(value),
                      .second_moment = at::zeros_like(value),
                      .start = tensor.start,
                      .weight_decay = tensor.decay ? options.weight_decay : 0.0});
  }
}

void AdamW::collect_gradients() {
  for (std::size_t i = 0; i < tensors_.size(); ++i) state_[i].grad = tensors_[i].value.grad();
}

double AdamW::gradient_norm() {
  collect_gradients();
  return ops::gradient_norm(state_);
}

void AdamW::step(double factor, double norm) {
  collect_gradients();
  for (std::size_t i = 0; i < tensors_.size(); ++i) state_[i].learning_rate = tensors_[i].learning_rate * factor;
  const bool clip = options_.max_grad_norm > 0 && norm > options_.max_grad_norm;
  ops::adamw(state_, {.number = ++steps_,
                      .beta1 = options_.beta1,
                      .beta2 = options_.beta2,
                      .epsilon = options_.epsilon,
                      .grad_scale = clip ? norm / options_.max_grad_norm : 1.0,
                      .pull = options_.l2_sp});
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    state_[i].grad = at::Tensor();
    tensors_[i].value.mutable_grad() = at::Tensor();
  }
}

bool AdamW::finite() const {
  return std::all_of(state_.begin(), state_.end(),
                     [](const ops::AdamWTensor& tensor) { return tensor.value.isfinite().all().item<bool>(); });
}

double AdamW::untouched_factor(double before, double rate, bool decay, const AdamWOptions& options) {
  const double decayed = before * (1.0 - rate * (decay ? options.weight_decay : 0.0));
  return decayed + rate * options.l2_sp * (1.0 - decayed);
}

}  // namespace tt::training
