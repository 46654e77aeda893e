#include "transfer_tune/model/encoder.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

#include <ATen/ATen.h>

#include <numeric>
#include <utility>

namespace tt::model {
namespace {

/// Purposes share a step's key space; sites of one purpose are told apart by two per layer.
std::uint64_t site(std::int64_t layer, std::uint64_t which) {
  return 2 * static_cast<std::uint64_t>(layer + 1) + which;
}

std::string layer_name(std::int64_t layer) { return concat("layer.", layer, "."); }

at::Tensor initial_value(const ParameterKey& key, const EncoderSpec& spec, std::uint64_t stream_key) {
  if (key.role.ends_with(".bias")) return at::zeros(key.shape);
  if (key.role.ends_with("norm.weight")) return at::ones(key.shape);
  at::Tensor value = at::empty(key.shape);
  RandomStream stream(stream_key);
  float* data = value.mutable_data_ptr<float>();
  for (std::int64_t i = 0; i < value.numel(); ++i) {
    data[i] = static_cast<float>(spec.initializer_range * stream.normal());
  }
  if (key.role == "embeddings.word" && spec.pad_token_id < value.size(0)) value.select(0, spec.pad_token_id).zero_();
  return value;
}

}  // namespace

ops::Packing packing_of(std::span<const std::int64_t> lengths, std::int64_t round_to) {
  ops::Packing packing;
  packing.offsets.reserve(lengths.size() + 1);
  for (const std::int64_t length : lengths) {
    packing.offsets.push_back(packing.offsets.back() + static_cast<std::int32_t>(length));
  }
  packing.rows = (packing.offsets.back() + round_to - 1) / round_to * round_to;
  return packing;
}

PackedBatch pack(std::span<const std::span<const std::int32_t>> sequences, std::int32_t pad_id, at::Device device,
                 std::int64_t round_to) {
  std::vector<std::int64_t> lengths;
  lengths.reserve(sequences.size());
  for (const auto& sequence : sequences) lengths.push_back(static_cast<std::int64_t>(sequence.size()));
  PackedBatch batch;
  batch.packing = packing_of(lengths, round_to);
  batch.ids = at::full({batch.packing.rows}, pad_id, at::kLong);
  batch.positions = at::zeros({batch.packing.rows}, at::kLong);
  auto* ids = batch.ids.mutable_data_ptr<std::int64_t>();
  auto* positions = batch.positions.mutable_data_ptr<std::int64_t>();
  for (const auto& sequence : sequences) {
    std::copy(sequence.begin(), sequence.end(), ids);
    std::iota(positions, positions + sequence.size(), 0);
    ids += sequence.size();
    positions += sequence.size();
  }
  batch.ids = batch.ids.to(device);
  batch.positions = batch.positions.to(device);
  return batch;
}

Encoder::Encoder(const Family& family, EncoderSpec spec, const MatchedTensors& matched, std::uint64_t seed)
    : spec_(std::move(spec)) {
  for (const ParameterKey& key : family.parameter_keys(spec_)) {
    const auto found = matched.encoder.find(key.name);
    at::Tensor value = found != matched.encoder.end()
                           ? found->second.to(at::kFloat, false, /*copy=*/true).contiguous()
                           : initial_value(key, spec_, random_key(seed, RandomPurpose::initialise, parameters_.size()));
    by_role_.emplace(key.role, parameters_.size());
    parameters_.push_back({key.name, key.group, key.first_use, std::move(value), key.role == "embeddings.word"});
  }
}

at::Tensor& Encoder::weight(const std::string& role) { return parameters_[by_role_.at(role)].value; }
const at::Tensor& Encoder::weight(const std::string& role) const { return parameters_[by_role_.at(role)].value; }

Encoder Encoder::in_int8(std::int64_t layers) const {
  Encoder out = *this;
  out.int8_layers_ = layers;
  out.int8_.clear();
  for (std::int64_t layer = 0; layer < layers; ++layer) {
    const std::string name = layer_name(layer);
    const auto joined = [&](const std::string& of) {
      return at::cat({weight(name + "key" + of), weight(name + "value" + of)});
    };
    out.int8_.emplace(name + "query", ops::Int8Linear(weight(name + "query.weight"), weight(name + "query.bias")));
    out.int8_.emplace(name + "key_value", ops::Int8Linear(joined(".weight"), joined(".bias")));
    for (const char* role : {"attention_output", "intermediate", "output"}) {
      out.int8_.emplace(name + role, ops::Int8Linear(weight(name + role + ".weight")));
    }
  }
  return out;
}

at::Tensor Encoder::linear(const at::Tensor& x, const std::string& role) const {
  const auto int8 = int8_.find(role);
  return int8 != int8_.end() ? int8->second(x) : ops::linear(x, weight(role + ".weight"), weight(role + ".bias"));
}

at::Tensor Encoder::product(const at::Tensor& x, const std::string& role) const {
  const auto int8 = int8_.find(role);
  return int8 != int8_.end() ? int8->second(x) : ops::linear(x, weight(role + ".weight"));
}

at::Tensor Encoder::keys_and_values(const at::Tensor& hidden, const std::string& layer) const {
  const auto int8 = int8_.find(layer + "key_value");
  if (int8 != int8_.end()) return int8->second(hidden);
  return ops::joined_linear(hidden, weight(layer + "key.weight"), weight(layer + "key.bias"),
                            weight(layer + "value.weight"), weight(layer + "value.bias"));
}

at::Tensor Encoder::embed(const PackedBatch& batch, const ForwardMode& mode) const {
  const at::Tensor words = at::embedding(weight("embeddings.word"), batch.ids);
  at::Tensor places = at::embedding(weight("embeddings.position"), batch.positions);
  if (by_role_.contains("embeddings.token_type")) places = places + weight("embeddings.token_type").select(0, 0);
  const at::Tensor no_bias = at::zeros({spec_.hidden_size}, words.options().requires_grad(false));
  const at::Tensor normed = ops::add_layer_norm(words, no_bias, places, weight("embeddings.norm.weight"),
                                                weight("embeddings.norm.bias"), spec_.layer_norm_eps, {});
  return ops::dropout(normed, mode.dropout(spec_.hidden_dropout_prob, RandomPurpose::hidden_dropout, site(-1, 0)));
}

at::Tensor Encoder::run_layers(at::Tensor hidden, const ops::Packing& packing, std::int64_t first, std::int64_t last,
                               const ForwardMode& mode) const {
  for (std::int64_t layer = first; layer < last; ++layer) hidden = run_layer(hidden, hidden, packing, layer, mode);
  return hidden;
}

at::Tensor Encoder::first_tokens(const at::Tensor& hidden, const ops::Packing& packing, std::int64_t first,
                                 const ForwardMode& mode) const {
  const std::int64_t last = spec_.num_hidden_layers - 1;
  const at::Tensor starts =
      at::tensor(at::ArrayRef<std::int32_t>(packing.offsets).slice(0, packing.sequences()), at::kLong)
          .to(hidden.device());
  if (first > last) return hidden.index_select(0, starts);
  const at::Tensor below = run_layers(hidden, packing, first, last, mode);
  return run_layer(below.index_select(0, starts), below, packing, last, mode);
}

at::Tensor Encoder::run_layer(const at::Tensor& queries, const at::Tensor& hidden, const ops::Packing& packing,
                              std::int64_t layer, const ForwardMode& mode) const {
  const std::string name = layer_name(layer);
  const auto hidden_dropout = [&](std::uint64_t which) {
    return mode.dropout(spec_.hidden_dropout_prob, RandomPurpose::hidden_dropout, site(layer, which));
  };
  // The biases of outer products are left to the pass over their results that comes next anyway.
  const auto add_layer_norm = [&](const at::Tensor& x, const at::Tensor& residual, const std::string& role,
                                  const std::string& norm, std::uint64_t which) {
    return ops::add_layer_norm(product(x, name + role), weight(name + role + ".bias"), residual,
                               weight(name + norm + ".weight"), weight(name + norm + ".bias"), spec_.layer_norm_eps,
                               hidden_dropout(which));
  };
  const at::Tensor context = ops::attention(
      linear(queries, name + "query"), keys_and_values(hidden, name), packing, spec_.num_attention_heads,
      mode.dropout(spec_.attention_probs_dropout_prob, RandomPurpose::attention_dropout, site(layer, 0)));
  const at::Tensor attended = add_layer_norm(context, queries, "attention_output", "attention_norm", 0);
  return add_layer_norm(intermediate(attended, name), attended, "output", "output_norm", 1);
}

at::Tensor Encoder::intermediate(const at::Tensor& x, const std::string& layer) const {
  const std::string role = layer + "intermediate";
  const at::Tensor& bias = weight(role + ".bias");
  switch (spec_.hidden_act) {
    case Activation::gelu:
      return ops::bias_gelu(product(x, role), bias);
    case Activation::gelu_tanh:
      return at::gelu(product(x, role) + bias, "tanh");
    case Activation::relu:
      return at::relu(product(x, role) + bias);
  }
  throw InternalError("unknown activation");
}

at::Tensor Encoder::pool_first(const at::Tensor& first_tokens) const {
  return at::tanh(linear(first_tokens, "pooler"));
}

}  // namespace tt::model
