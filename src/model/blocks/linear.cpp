#include "transfer_tune/model/blocks/linear.hpp"

#include "transfer_tune/core/text.hpp"
#include "transfer_tune/ops/packed.hpp"

#include <ATen/ATen.h>

#include <cmath>
#include <string_view>

namespace tt::model {
namespace {

/// What `adapter`, its second matrix cut to the outputs asked for (`b`), adds to `out`.
at::Tensor with_adapter(const at::Tensor& out, const auto& adapter, Weights weights, const ForwardMode& mode,
                        const at::Tensor& x, const at::Tensor& b) {
  const at::Tensor given =
      ops::dropout(x, mode.dropout(adapter.dropout, RandomPurpose::lora_dropout, adapter.a.index()));
  return out + adapter.scaling * at::linear(at::linear(given, adapter.a.in(weights)), b);
}

}  // namespace

Linear::Linear(ParameterTable& table, const std::string& name, std::int64_t in, std::int64_t out, Bias bias)
    : weight_(table.add(name + ".weight", {out, in}, Initial::normal)), deferred_(bias == Bias::deferred) {
  if (bias != Bias::none) bias_ = table.add(name + ".bias", {out}, Initial::zeros);
}

at::Tensor Linear::added_bias(Weights weights) const { return bias_ && !deferred_ ? bias_->in(weights) : at::Tensor(); }

at::Tensor Linear::deferred_bias(Weights weights) const {
  return bias_ && deferred_ ? bias_->in(weights) : at::Tensor();
}

at::Tensor Linear::operator()(Weights weights, const ForwardMode& mode, const at::Tensor& x) const {
  if (int8_) return (*int8_)(x);
  const at::Tensor out = ops::linear(x, weight_.in(weights), added_bias(weights));
  return adapter_ ? with_adapter(out, *adapter_, weights, mode, x, adapter_->b.in(weights)) : out;
}

at::Tensor Linear::part(Weights weights, const ForwardMode& mode, const at::Tensor& x, std::int64_t first,
                        std::int64_t count) const {
  if (int8_) return (*int8_)(x).narrow(1, first, count);
  const at::Tensor bias = added_bias(weights);
  const at::Tensor out =
      ops::linear(x, weight_.in(weights).narrow(0, first, count), bias.defined() ? bias.narrow(0, first, count) : bias);
  return adapter_ ? with_adapter(out, *adapter_, weights, mode, x, adapter_->b.in(weights).narrow(0, first, count))
                  : out;
}

std::string Linear::name(Weights weights) const {
  const std::string& of_weight = weights[weight_.index()].name;
  return of_weight.substr(0, of_weight.rfind('.'));
}

void Linear::adapt(std::vector<Parameter>& parameters, const LoraSpec& lora, std::uint64_t seed) {
  const Parameter weight = parameters[weight_.index()];  // a copy: `parameters` grows
  const std::int64_t in = weight.value.size(1);
  at::Tensor a = at::empty({lora.r, in});
  RandomStream stream(random_key(seed, RandomPurpose::initialise, weight_.index(), 1));
  const double bound = 1.0 / std::sqrt(static_cast<double>(in));
  float* data = a.mutable_data_ptr<float>();
  for (std::int64_t i = 0; i < a.numel(); ++i) data[i] = static_cast<float>(bound * (2 * stream.uniform() - 1));
  const auto add = [&](std::string_view suffix, const at::Tensor& value) {
    parameters.push_back({concat(name(parameters), suffix), weight.group, weight.first_use,
                          value.to(weight.value.device()), false, weight.in_base_model});
    return ParameterRef(parameters.size() - 1);
  };
  const ParameterRef first = add(kLoraA, a);
  const ParameterRef second = add(kLoraB, at::zeros({weight.value.size(0), lora.r}));
  adapter_ = Adapter{first, second, lora.scaling(), lora.lora_dropout};
}

void Linear::merge(std::vector<Parameter>& parameters) {
  if (!adapter_) return;
  at::Tensor& weight = parameters[weight_.index()].value;
  weight = at::addmm(weight, adapter_->b.in(parameters), adapter_->a.in(parameters), 1, adapter_->scaling);
  adapter_.reset();
}

void Linear::use_int8(Weights weights, bool on) {
  int8_.reset();
  if (on) int8_.emplace(weight_.in(weights), added_bias(weights));
}

at::Tensor JoinedLinear::operator()(Weights weights, const ForwardMode& mode, const at::Tensor& x) const {
  if (int8_) return (*int8_)(x);
  if (first_.adapter_ || second_.adapter_) return at::cat({first_(weights, mode, x), second_(weights, mode, x)}, 1);
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
