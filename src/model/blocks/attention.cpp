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

/// The layer `name`, where there is one.
std::optional<Linear> square_where(bool there, ParameterTable& table, const std::string& name,
                                   const EncoderSpec& spec) {
  if (!there) return std::nullopt;
  return Linear(table, name, spec.hidden_size, spec.hidden_size, Bias::added);
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
      place_products_([&]() -> std::optional<PlaceProducts> {
        if (!spec.disentangled) return std::nullopt;
        const DisentangledPlaces& places = *spec.disentangled;
        std::optional<Linear> key =
            square_where(places.of_queries && !places.shared, table, prefix + names.position_key, spec);
        std::optional<Linear> query =
            square_where(places.of_keys && !places.shared, table, prefix + names.position_query, spec);
        return PlaceProducts{places.of_queries, places.of_keys, spec.hidden_dropout_prob, std::move(key),
                             std::move(query)};
      }()),
      output_(table, prefix + names.attention_output, spec.hidden_size, spec.hidden_size,
              bias_of(spec, Bias::deferred)),
      heads_(spec.num_attention_heads),
      window_(spec.window(layer)),
      rotary_(std::holds_alternative<RotaryPositions>(spec.positions)),
      dropout_(spec.attention_probs_dropout_prob),
      layer_(layer) {}

ops::AttentionPlaces Attention::places(const ForwardPass& pass) const {
  ops::AttentionPlaces places{.bias = pass.places.bias, .window = window_};
  if (!place_products_) return places;
  const auto& [of_queries, of_keys, p, own_key, own_query] = *place_products_;
  const at::Tensor vectors = ops::dropout(
      pass.places.vectors, pass.mode.dropout(p, RandomPurpose::attention_dropout, dropout_site(layer_, 1)));
  const auto& shared = std::get<Apart>(projections_);
  const auto projected = [&](const std::optional<Linear>& its_own, const Linear& shared_one) {
    const Linear& linear = its_own ? *its_own : shared_one;
    return linear(pass.weights, pass.mode, vectors).index_select(0, pass.places.by_distance);
  };
  if (of_queries) places.of_queries = projected(own_key, shared.key_value.first());
  if (of_keys) places.of_keys = projected(own_query, shared.query);
  return places;
}

at::Tensor Attention::context(const ForwardPass& pass, const at::Tensor& queries, const at::Tensor& hidden) const {
  const ops::Dropout dropout = pass.mode.dropout(dropout_, RandomPurpose::attention_dropout, dropout_site(layer_, 0));
  const ops::AttentionPlaces places = this->places(pass);
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

std::vector<Linear*> Attention::place_linears() {
  std::vector<Linear*> own;
  if (!place_products_) return own;
  for (std::optional<Linear>* linear : {&place_products_->own_key, &place_products_->own_query}) {
    if (*linear) own.push_back(&**linear);
  }
  return own;
}

void Attention::use_int8(Weights weights, bool on) {
  if (auto* apart = std::get_if<Apart>(&projections_)) {
    apart->query.use_int8(weights, on);
    apart->key_value.use_int8(weights, on);
    for (Linear* linear : place_linears()) linear->use_int8(weights, on);
  } else {
    std::get<Linear>(projections_).use_int8(weights, on);
  }
  output_.use_int8(weights, on);
}

std::vector<LayerLinear> Attention::linears() {
  if (auto* apart = std::get_if<Apart>(&projections_)) {
    std::vector<LayerLinear> all{{&apart->query, {"query"}},
                                 {&apart->key_value.first(), {"key"}},
                                 {&apart->key_value.second(), {"value"}},
                                 {&output_, {"attention_output"}}};
    for (Linear* linear : place_linears()) all.push_back({linear, {}});
    return all;
  }
  return {{&std::get<Linear>(projections_), {"query", "key", "value"}}, {&output_, {"attention_output"}}};
}

}  // namespace tt::model
