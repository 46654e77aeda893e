#include "transfer_tune/model/classifier.hpp"

#include <ATen/ATen.h>

#include <utility>

namespace tt::model {

Classifier::Classifier(Encoder encoder, HeadSpec head, std::uint64_t seed) : encoder_(std::move(encoder)), head_(head) {
  at::Tensor weight = at::empty({head_.num_labels, feature_size()});
  RandomStream stream(random_key(seed, RandomPurpose::initialise, 1'000'000));
  float* data = weight.mutable_data_ptr<float>();
  for (std::int64_t i = 0; i < weight.numel(); ++i) {
    data[i] = static_cast<float>(encoder_.spec().initializer_range * stream.normal());
  }
  const std::int64_t after_pooling = encoder_.spec().depth();
  head_parameters_ = {
      {encoder_.head_linear() + ".weight", "head", after_pooling, weight, false, false},
      {encoder_.head_linear() + ".bias", "head", after_pooling, at::zeros({head_.num_labels}), false, false}};
}

void Classifier::set_head(const at::Tensor& weight, const at::Tensor& bias) {
  head_.num_labels = weight.size(0);
  head_weight() = weight.to(device(), at::kFloat).contiguous();
  head_bias() = bias.to(device(), at::kFloat).contiguous();
}

bool Classifier::reads(const Parameter& parameter) const {
  if (parameter.first_use < encoder_.spec().depth()) return true;
  return (head_.pooling == Pooling::first) != (parameter.group == "dense");
}

std::vector<Parameter*> Classifier::used_parameters() {
  std::vector<Parameter*> used;
  for (Parameter& parameter : encoder_.parameters()) {
    if (reads(parameter)) used.push_back(&parameter);
  }
  for (Parameter& parameter : head_parameters_) used.push_back(&parameter);
  return used;
}

std::vector<const Parameter*> Classifier::all_parameters() const {
  std::vector<const Parameter*> all;
  for (const Parameter& parameter : encoder_.parameters()) {
    if (parameter.in_base_model || reads(parameter)) all.push_back(&parameter);
  }
  for (const Parameter& parameter : head_parameters_) all.push_back(&parameter);
  return all;
}

checkpoint::NamedTensors file_tensors(const Family& family, const Classifier& classifier) {
  const bool whole = classifier.head().pooling == Pooling::first;
  checkpoint::NamedTensors tensors;
  for (const Parameter* parameter : classifier.all_parameters()) {
    if (parameter->in_base_model) {
      tensors[whole ? family.prefix + parameter->name : parameter->name] = parameter->value;
    } else if (whole) {
      tensors[parameter->name] = parameter->value;
    }
  }
  return tensors;
}

void Classifier::to(at::Device device) {
  for (Parameter& parameter : encoder_.parameters()) parameter.value = parameter.value.to(device);
  for (Parameter& parameter : head_parameters_) parameter.value = parameter.value.to(device);
}

Classifier Classifier::merged() const {
  Classifier out = *this;
  out.encoder_ = encoder_.merged();
  return out;
}

Classifier Classifier::in_int8(std::int64_t layers) const {
  Classifier out = *this;
  out.encoder_ = encoder_.in_int8(layers);
  return out;
}

at::Tensor Classifier::pool(const at::Tensor& hidden, const ops::Packing& packing, std::int64_t first,
                            const ForwardMode& mode) const {
  if (!pools_mean()) return encoder_.first_tokens(hidden, packing, first, mode);
  return ops::mean_pool(encoder_.run_layers(hidden, packing, first, encoder_.spec().num_hidden_layers, mode), packing);
}

at::Tensor Classifier::features(const at::Tensor& pooled, const ForwardMode& mode) const {
  if (head_.pooling == Pooling::first) {
    const NativeHeadSpec& native = encoder_.spec().native_head;
    const double p = native.input_dropout ? head_.dropout : native.own_dropout;
    return encoder_.head_hidden(ops::dropout(pooled, mode.dropout(p, RandomPurpose::head_dropout, 1)));
  }
  const at::Tensor vectors = encoder_.dense_features(pooled);
  if (!head_.normalize) return vectors;
  return vectors / vectors.norm(2, {1}, /*keepdim=*/true).clamp_min(1e-12);
}

at::Tensor Classifier::logits(const at::Tensor& features, const ForwardMode& mode) const {
  const at::Tensor dropped = ops::dropout(features, mode.dropout(head_.dropout, RandomPurpose::head_dropout, 0));
  return ops::linear(dropped, head_weight(), head_bias());
}

}  // namespace tt::model
