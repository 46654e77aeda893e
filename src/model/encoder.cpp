#include "transfer_tune/model/encoder.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/random.hpp"
#include "transfer_tune/core/text.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace tt::model {
namespace {

at::Tensor initial_value(const ParameterKey& key, const EncoderSpec& spec, std::uint64_t stream_key) {
  if (key.initial == Initial::zeros) return at::zeros(key.shape);
  if (key.initial == Initial::ones) return at::ones(key.shape);
  at::Tensor value = at::empty(key.shape);
  RandomStream stream(stream_key);
  float* data = value.mutable_data_ptr<float>();
  for (std::int64_t i = 0; i < value.numel(); ++i) {
    data[i] = static_cast<float>(spec.initializer_range * stream.normal());
  }
  if (key.by_token && spec.pad_token_id < value.size(0)) value.select(0, spec.pad_token_id).zero_();
  return value;
}

/// What the checkpoint holds for `key`, or a drawn value. The word table of a checkpoint in single precision is never
/// copied: training swaps it for a small one.
at::Tensor value_of(const ParameterKey& key, const EncoderSpec& spec, const checkpoint::NamedTensors& tensors,
                    std::uint64_t stream_key, Values values) {
  const auto found = tensors.find(key.name);
  if (found == tensors.end()) {
    if (key.optional || tensors.empty()) return initial_value(key, spec, stream_key);
    throw InternalError(concat("the tensors matched for a ", spec.model_type, " encoder lack ", key.name));
  }
  if (found->second.sizes() != c10::IntArrayRef(key.shape)) {
    throw InternalError(concat("the tensor matched as ", key.name, " has shape ", found->second.sizes(), "; a ",
                               spec.model_type, " encoder of this spec has ", c10::IntArrayRef(key.shape)));
  }
  const bool copied = values == Values::copied && !key.by_token;
  return found->second.to(at::kFloat, false, /*copy=*/copied).contiguous();
}

}  // namespace

Encoder::Encoder(const Family& family, EncoderSpec spec, const MatchedTensors& matched, std::uint64_t seed,
                 Values values)
    : Encoder(family, std::move(spec), matched, seed, values, ParameterTable()) {}

Encoder::Encoder(const Family& family, EncoderSpec spec, const MatchedTensors& matched, std::uint64_t seed,
                 Values values, ParameterTable table)
    : spec_(std::move(spec)), blocks_(make_blocks(table, spec_, family.names)), head_linear_(family.names.head.linear) {
  parameters_.reserve(table.keys().size());
  for (const ParameterKey& key : table.keys()) {
    const std::uint64_t stream_key = random_key(seed, RandomPurpose::initialise, parameters_.size());
    parameters_.push_back({key.name, key.group, key.first_use,
                           value_of(key, spec_, matched.encoder, stream_key, values), key.by_token, key.in_base_model});
  }
}

void Encoder::for_each_own_layer(const std::function<void(Layer&)>& change) {
  for (std::int64_t layer = 0; layer < spec_.num_hidden_layers; ++layer) {
    auto& here = blocks_.layers[static_cast<std::size_t>(layer)];
    const std::int64_t first = spec_.first_of_group(layer);
    if (first == layer) {
      change(here);
    } else {
      here = blocks_.layers[static_cast<std::size_t>(first)].as(layer);
    }
  }
}

void Encoder::add_lora(const LoraSpec& lora, std::uint64_t seed, const std::string& pointer) {
  if (lora_) throw InternalError("the encoder has adapters already; expected to get them once");
  lora_ = lora;
  std::vector<std::string> unmatched = lora.target_modules;
  for_each_own_layer([&](Layer& layer) {
    for (const LayerLinear& module : layer.linears()) {
      const std::string name = module.linear->name(parameters_);
      const auto is_target = [&](const std::string& target) {
        return std::ranges::find(module.roles, target) != module.roles.end() || matches_glob(target, name);
      };
      if (std::ranges::any_of(lora.target_modules, is_target)) module.linear->adapt(parameters_, lora, seed);
      std::erase_if(unmatched, is_target);
    }
  });
  if (unmatched.empty()) return;
  std::vector<std::string> names(std::begin(kLinearRoles), std::end(kLinearRoles));
  for (const LayerLinear& module : blocks_.layers.front().linears()) names.push_back(module.linear->name(parameters_));
  throw UsageError(concat(pointer, ": found ", quote(join(unmatched, ", ")), ", which no linear module of the ",
                          spec_.model_type, " encoder's layers is called; expected names or globs such as ",
                          join(names, ", ")));
}

std::vector<std::string> Encoder::adapted_modules() const {
  std::vector<std::string> names;
  for (const Parameter& parameter : parameters_) {
    if (!parameter.name.ends_with(kLoraA)) continue;
    names.push_back(parameter.name.substr(0, parameter.name.size() - kLoraA.size()));
  }
  return names;
}

Encoder Encoder::merged() const {
  const at::NoGradGuard no_grad;
  Encoder out = *this;
  out.lora_.reset();
  std::size_t own = parameters_.size();
  out.for_each_own_layer([&](Layer& layer) {
    for (const LayerLinear& module : layer.linears()) {
      if (!module.linear->adapted()) continue;
      module.linear->merge(out.parameters_);
      own -= 2;
    }
  });
  out.parameters_.erase(out.parameters_.begin() + static_cast<std::ptrdiff_t>(own), out.parameters_.end());
  return out;
}

Encoder Encoder::in_int8(std::int64_t layers) const {
  Encoder out = merged();
  out.int8_layers_ = layers;
  for (std::int64_t layer = 0; layer < spec_.num_hidden_layers; ++layer) {
    out.blocks_.layers[static_cast<std::size_t>(layer)].use_int8(out.parameters_, layer < layers);
  }
  return out;
}

at::Tensor Encoder::embed(const PackedBatch& batch, const ForwardMode& mode) const {
  return blocks_.embeddings(parameters_, batch, mode);
}

at::Tensor Encoder::run_layers(at::Tensor hidden, const ops::Packing& packing, std::int64_t first, std::int64_t last,
                               const ForwardMode& mode) const {
  if (first >= last) return hidden;
  const Places places = blocks_.places(parameters_, packing);
  const ForwardPass pass{parameters_, packing, mode, places};
  for (std::int64_t layer = first; layer < last; ++layer) {
    hidden = blocks_.layers[static_cast<std::size_t>(layer)](pass, hidden, hidden);
  }
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
  const Places places = blocks_.places(parameters_, packing);
  return blocks_.layers.back()({parameters_, packing, mode, places}, below.index_select(0, starts), below);
}

at::Tensor Encoder::head_hidden(const at::Tensor& pooled) const { return blocks_.head(parameters_, pooled); }

at::Tensor Encoder::dense_features(at::Tensor pooled) const {
  for (const Dense& module : blocks_.dense) pooled = module(parameters_, pooled);
  return pooled;
}

}  // namespace tt::model
