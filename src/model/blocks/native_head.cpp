#include "transfer_tune/model/blocks/native_head.hpp"

#include "transfer_tune/model/blocks/activation.hpp"

namespace tt::model {

NativeHead::NativeHead(ParameterTable& table, const EncoderSpec& spec, const NativeHeadNames& names)
    : dense_(table, names.dense, spec.hidden_size, spec.hidden_size, spec.native_head.bias ? Bias::added : Bias::none),
      activation_(spec.native_head.activation) {
  if (!spec.native_head.norm) return;
  norm_.emplace(table, names.norm, spec.hidden_size, spec.layer_norm_eps, spec.norm_biases);
}

at::Tensor NativeHead::operator()(Weights weights, const at::Tensor& pooled) const {
  const at::Tensor activated = activate(activation_, dense_(weights, {}, pooled));
  return norm_ ? (*norm_)(weights, activated) : activated;
}

}  // namespace tt::model
