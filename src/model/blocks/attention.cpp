#include "transfer_tune/model/blocks/attention.hpp"

#include <utility>

namespace tt::model {
namespace {

/// The keys' and the values' layers, made in this order.
JoinedLinear keys_and_values(ParameterTable& table, const LayerNames& names, const std::string& prefix,
                             std::int64_t hidden, Bias bias) {
  Linear key(table, prefix + names.key, hidden, hidden, bias);
  return {std::move(key), Linear(table, prefix + names.value, hidden, hidden, bias)};
}

Bias bias_of(const EncoderSpec& spec, Bias kind) { return spec.layer.biases ? kind : Bias::none; }

}  // namespace

Attention::Attention(ParameterTable& table, const EncoderSpec& spec, const LayerNames& names, const std::string& prefix,
                     std::int64_t layer)
    : projections_([&]() -> std::variant<Apart, Linear> {
        const std::int64_t hidden = spec.hidden_size;
        const Bias bias = bias_of(spec, Bias::added);
        const bool joined = names.key.empty();
        Linear query(table, prefix + names.query, hidden, joined ? 3 * hidden : hidden, bias);
        if (joined) return query;
        return Apart{std::move(query), keys_and_values(table, names, prefix, hidden, bias)};
      }()),
      output_(table, prefix + names.attention_output, spec.hidden_size, spec.hidden_size,
              bias_of(spec, Bias::deferred)),
      heads_(spec.num_attention_heads),
      window_(spec.window(layer)),
      rotary_(std::holds_alternative<RotaryPositions>(spec.positions)),
      dropout_(spec.attention_probs_dropout_prob),
      site_(dropout_site(layer, 0)) {}

at::Tensor Attention::context(const ForwardPass& pass, const at::Tensor& queries, const at::Tensor& hidden) const {
  const ops::Dropout dropout = pass.mode.dropout(dropout_, RandomPurpose::attention_dropout, site_);
  const ops::AttentionPlaces places{pass.places.bias, window_};
  const auto turned = [&](const at::Tensor& x, std::int64_t heads) {
    const ops::Rotation& rotation = window_ < 0 ? pass.places.rotation : pass.places.local_rotation;
    return rotary_ ? ops::rotate(x, heads, pass.packing, rotation) : x;
  };
  // Sequences' first tokens stand at place 0, which turns nothing.
  const bool all = queries.is_same(hidden);
  const auto attend = [&](const at::Tensor& query, const at::Tensor& key_value) {
    return ops::attention(all ? turned(query, heads_) : query, turned(key_value, heads_), pass.packing, heads_, dropout,
                          places);
  };
  if (const auto* apart = std::get_if<Apart>(&projections_)) {
    return attend(apart->query(pass.weights, pass.mode, queries), apart->key_value(pass.weights, pass.mode, hidden));
  }
  const auto& joined = std::get<Linear>(projections_);
  if (all) {
    return ops::self_attention(turned(joined(pass.weights, pass.mode, hidden), 2 * heads_), pass.packing, heads_,
                               dropout, places);
  }
  const std::int64_t width = hidden.size(1);
  return attend(joined.part(pass.weights, pass.mode, queries, 0, width),
                joined.part(pass.weights, pass.mode, hidden, width, 2 * width));
}

at::Tensor Attention::operator()(const ForwardPass& pass, const at::Tensor& queries, const at::Tensor& hidden) const {
  return output_(pass.weights, pass.mode, context(pass, queries, hidden));
}

void Attention::use_int8(Weights weights, bool on) {
  if (auto* apart = std::get_if<Apart>(&projections_)) {
    apart->query.use_int8(weights, on);
    apart->key_value.use_int8(weights, on);
  } else {
    std::get<Linear>(projections_).use_int8(weights, on);
  }
  output_.use_int8(weights, on);
}

std::vector<LayerLinear> Attention::linears() {
  if (auto* apart = std::get_if<Apart>(&projections_)) {
    return {{&apart->query, {"query"}},
            {&apart->key_value.first(), {"key"}},
            {&apart->key_value.second(), {"value"}},
            {&output_, {"attention_output"}}};
  }
  return {{&std::get<Linear>(projections_), {"query", "key", "value"}}, {&output_, {"attention_output"}}};
}

}  // namespace tt::model
