#include "transfer_tune/model/blocks/native_head.hpp"

#include "transfer_tune/model/blocks/activation.hpp"

namespace tt::model {

NativeHead::NativeHead(ParameterTable& table, const EncoderSpec& spec, const NativeHeadNames& names)
    : dense_(table, names.dense, spec.hidden_size, spec.hidden_size, Bias::added), activation_(spec.head_act) {}

at::Tensor NativeHead::operator()(Weights weights, const at::Tensor& first_tokens) const {
  return activate(activation_, dense_(weights, {}, first_tokens));
}

}  // namespace tt::model
