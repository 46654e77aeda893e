#include "transfer_tune/model/blocks/attention.hpp"

namespace tt::model {
namespace {

/// The keys' and the values' layers, made in this order.
JoinedLinear keys_and_values(ParameterTable& table, const LayerNames& names, const std::string& prefix,
                             std::int64_t hidden, Bias bias) {
  Linear key(table, prefix + names.key, hidden, hidden, bias);
  return {std::move(key), Linear(table, prefix + names.value, hidden, hidden, bias)};
}

}  // namespace

Attention::Attention(ParameterTable& table, const EncoderSpec& spec, const LayerNames& names, const std::string& prefix,
                     std::int64_t layer)
    : query_(table, prefix + names.query, spec.hidden_size, spec.hidden_size,
             spec.layer.biases ? Bias::added : Bias::none),
      key_value_(keys_and_values(table, names, prefix, spec.hidden_size, spec.layer.biases ? Bias::added : Bias::none)),
      output_(table, prefix + names.attention_output, spec.hidden_size, spec.hidden_size,
              spec.layer.biases ? Bias::deferred : Bias::none),
      heads_(spec.num_attention_heads),
      dropout_(spec.attention_probs_dropout_prob),
      site_(dropout_site(layer, 0)) {}

at::Tensor Attention::operator()(const ForwardPass& pass, const at::Tensor& queries, const at::Tensor& hidden) const {
  const at::Tensor context =
      ops::attention(query_(pass.weights, pass.mode, queries), key_value_(pass.weights, pass.mode, hidden),
                     pass.packing, heads_, pass.mode.dropout(dropout_, RandomPurpose::attention_dropout, site_));
  return output_(pass.weights, pass.mode, context);
}

void Attention::use_int8(Weights weights, bool on) {
  query_.use_int8(weights, on);
  key_value_.use_int8(weights, on);
  output_.use_int8(weights, on);
}

}  // namespace tt::model
