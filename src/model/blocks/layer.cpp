#include "transfer_tune/model/blocks/layer.hpp"

#include "transfer_tune/core/text.hpp"

#include <ATen/ATen.h>

namespace tt::model {
namespace {

std::optional<Norm> norm_where(bool there, ParameterTable& table, const std::string& name, const EncoderSpec& spec) {
  if (!there) return std::nullopt;
  return Norm(table, name, spec.hidden_size, spec.layer_norm_eps, spec.norm_biases);
}

}  // namespace

Layer::Layer(ParameterTable& table, const EncoderSpec& spec, const ModuleNames& names, std::int64_t layer)
    : Layer(table, spec, names.layer, concat(names.layers, '.', spec.group_of(layer), '.'),
            layer + 1 == spec.num_hidden_layers ? names.final_norm : std::string(), layer) {}

Layer::Layer(ParameterTable& table, const EncoderSpec& spec, const LayerNames& names, const std::string& prefix,
             const std::string& final_norm, std::int64_t layer)
    : attention_(table, spec, names, prefix, layer),
      attention_norm_(
          norm_where(layer > 0 || spec.layer.first_attention_norm, table, prefix + names.attention_norm, spec)),
      feed_forward_(table, spec, names, prefix),
      output_norm_(table, prefix + names.output_norm, spec.hidden_size, spec.layer_norm_eps, spec.norm_biases),
      final_norm_(norm_where(!final_norm.empty(), table, final_norm, spec)),
      placement_(spec.layer.norm),
      attention_output_dropout_(spec.layer.attention_output_dropout ? spec.hidden_dropout_prob : 0.0),
      output_dropout_(spec.layer.output_dropout ? spec.hidden_dropout_prob : 0.0),
      layer_(layer) {}

ops::Dropout Layer::dropout(const ForwardPass& pass, double p, std::uint64_t which) const {
  return pass.mode.dropout(p, RandomPurpose::hidden_dropout, dropout_site(layer_, which));
}

at::Tensor Layer::operator()(const ForwardPass& pass, const at::Tensor& queries, const at::Tensor& hidden) const {
  const at::Tensor out = placement_ == NormPlacement::after_residual ? norm_after(pass, queries, hidden)
                                                                     : norm_before(pass, queries, hidden);
  return final_norm_ ? (*final_norm_)(pass.weights, out) : out;
}

at::Tensor Layer::norm_after(const ForwardPass& pass, const at::Tensor& queries, const at::Tensor& hidden) const {
  const Weights weights = pass.weights;
  const at::Tensor attended =
      attention_norm_.value()(weights, attention_(pass, queries, hidden), attention_.deferred_bias(weights), queries,
                              dropout(pass, attention_output_dropout_, 0));
  return output_norm_(weights, feed_forward_(pass, attended), feed_forward_.deferred_bias(weights), attended,
                      dropout(pass, output_dropout_, 1));
}

at::Tensor Layer::norm_before(const ForwardPass& pass, const at::Tensor& queries, const at::Tensor& hidden) const {
  const Weights weights = pass.weights;
  const auto normed = [&](const at::Tensor& x) { return attention_norm_ ? (*attention_norm_)(weights, x) : x; };
  const auto added = [&](const at::Tensor& x, const at::Tensor& bias, const at::Tensor& to, const ops::Dropout& by) {
    return ops::dropout(bias.defined() ? x + bias : x, by) + to;
  };
  const at::Tensor seen = normed(hidden);
  const at::Tensor asking = queries.is_same(hidden) ? seen : normed(queries);
  const at::Tensor attended = added(attention_(pass, asking, seen), attention_.deferred_bias(weights), queries,
                                    dropout(pass, attention_output_dropout_, 0));
  return added(feed_forward_(pass, output_norm_(weights, attended)), feed_forward_.deferred_bias(weights), attended,
               dropout(pass, output_dropout_, 1));
}

std::vector<LayerLinear> Layer::linears() {
  std::vector<LayerLinear> all = attention_.linears();
  const std::vector<LayerLinear> others = feed_forward_.linears();
  all.insert(all.end(), others.begin(), others.end());
  return all;
}

void Layer::use_int8(Weights weights, bool on) {
  attention_.use_int8(weights, on);
  feed_forward_.use_int8(weights, on);
}

Layer Layer::as(std::int64_t layer) const {
  Layer out = *this;
  out.layer_ = layer;
  out.attention_.move_to(layer);
  return out;
}

}  // namespace tt::model
