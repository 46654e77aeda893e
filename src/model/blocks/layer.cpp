#include "transfer_tune/model/blocks/layer.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

namespace tt::model {

Layer::Layer(ParameterTable& table, const EncoderSpec& spec, const ModuleNames& names, std::int64_t layer)
    : Layer(table, spec, names.layer, concat(names.layers, '.', layer, '.'), layer) {}

Layer::Layer(ParameterTable& table, const EncoderSpec& spec, const LayerNames& names, const std::string& prefix,
             std::int64_t layer)
    : attention_(table, spec, names, prefix, layer),
      attention_norm_(table, prefix + names.attention_norm, spec.hidden_size, spec.layer_norm_eps),
      feed_forward_(table, spec, names, prefix),
      output_norm_(table, prefix + names.output_norm, spec.hidden_size, spec.layer_norm_eps),
      attention_output_dropout_(spec.layer.attention_output_dropout ? spec.hidden_dropout_prob : 0.0),
      output_dropout_(spec.hidden_dropout_prob),
      layer_(layer) {
  if (spec.layer.norm != NormPlacement::after_residual) {
    throw InternalError(concat("a ", spec.model_type,
                               " encoder's spec asks for norms before each sub-layer; expected "
                               "them after, the only place where Layer computes them"));
  }
}

at::Tensor Layer::operator()(const ForwardPass& pass, const at::Tensor& queries, const at::Tensor& hidden) const {
  const Weights weights = pass.weights;
  const auto dropout = [&](double p, std::uint64_t which) {
    return pass.mode.dropout(p, RandomPurpose::hidden_dropout, dropout_site(layer_, which));
  };
  const at::Tensor attended =
      attention_norm_(weights, attention_(pass, queries, hidden), attention_.deferred_bias(weights), queries,
                      dropout(attention_output_dropout_, 0));
  return output_norm_(weights, feed_forward_(pass, attended), feed_forward_.deferred_bias(weights), attended,
                      dropout(output_dropout_, 1));
}

std::vector<Linear*> Layer::linears() {
  std::vector<Linear*> all = attention_.linears();
  const std::vector<Linear*> others = feed_forward_.linears();
  all.insert(all.end(), others.begin(), others.end());
  return all;
}

void Layer::use_int8(Weights weights, bool on) {
  attention_.use_int8(weights, on);
  feed_forward_.use_int8(weights, on);
}

}  // namespace tt::model
