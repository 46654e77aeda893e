#include "transfer_tune/training/optimizer.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <utility>

namespace tt::training {

AdamW::AdamW(std::vector<OptimizedTensor> tensors, const AdamWOptions& options, const AdamWState& state)
    : options_(options), tensors_(std::move(tensors)), steps_(state.steps) {
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    const at::Tensor value = tensors_[i].value.detach();
    const auto moment = [&](const std::vector<at::Tensor>& moments) {
      return moments.empty() ? at::zeros_like(value) : moments.at(i).to(value.device());
    };
    state_.push_back({.value = value,
                      .grad = {},
                      .first_moment = moment(state.first_moments),
                      .second_moment = moment(state.second_moments),
                      .start = tensors_[i].start,
                      .weight_decay = tensors_[i].decay ? options.weight_decay : 0.0});
  }
}

AdamWState AdamW::state() const {
  AdamWState out{.steps = steps_, .first_moments = {}, .second_moments = {}};
  for (const ops::AdamWTensor& tensor : state_) {
    out.first_moments.push_back(tensor.first_moment);
    out.second_moments.push_back(tensor.second_moment);
  }
  return out;
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
