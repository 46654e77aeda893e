#include "transfer_tune/model/blocks/linear.hpp"

#include "transfer_tune/ops/packed.hpp"

#include <ATen/ATen.h>

namespace tt::model {

Linear::Linear(ParameterTable& table, const std::string& name, std::int64_t in, std::int64_t out, Bias bias)
    : weight_(table.add(name + ".weight", {out, in}, Initial::normal)), deferred_(bias == Bias::deferred) {
  if (bias != Bias::none) bias_ = table.add(name + ".bias", {out}, Initial::zeros);
}

at::Tensor Linear::added_bias(Weights weights) const { return bias_ && !deferred_ ? bias_->in(weights) : at::Tensor(); }

at::Tensor Linear::deferred_bias(Weights weights) const {
  return bias_ && deferred_ ? bias_->in(weights) : at::Tensor();
}

at::Tensor Linear::operator()(Weights weights, const at::Tensor& x) const {
  return int8_ ? (*int8_)(x) : ops::linear(x, weight_.in(weights), added_bias(weights));
}

void Linear::use_int8(Weights weights, bool on) {
  int8_.reset();
  if (on) int8_.emplace(weight_.in(weights), added_bias(weights));
}

at::Tensor JoinedLinear::operator()(Weights weights, const at::Tensor& x) const {
  if (int8_) return (*int8_)(x);
  return ops::joined_linear(x, first_.weight_.in(weights), first_.added_bias(weights), second_.weight_.in(weights),
                            second_.added_bias(weights));
}

void JoinedLinear::use_int8(Weights weights, bool on) {
  int8_.reset();
  if (!on) return;
  const at::Tensor bias = first_.added_bias(weights);
  int8_.emplace(at::cat({first_.weight_.in(weights), second_.weight_.in(weights)}),
                bias.defined() ? at::cat({bias, second_.added_bias(weights)}) : at::Tensor());
}

}  // namespace tt::model
