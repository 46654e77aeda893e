#include "transfer_tune/model/spec.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

using namespace tt::model;

TEST(EncoderSpec, ItsFingerprintTellsEveryFieldApart) {
  std::set<std::string> seen{fingerprint({})};
  std::size_t fields = 0;
  const auto change = [&](const auto& set) {
    EncoderSpec spec;
    set(spec);
    seen.insert(fingerprint(spec));
    ++fields;
  };
  change([](EncoderSpec& spec) { spec.model_type = "bert"; });
  change([](EncoderSpec& spec) { spec.model_type = "bert 1"; });
  for (std::int64_t EncoderSpec::*size :
       {&EncoderSpec::vocab_size, &EncoderSpec::embedding_size, &EncoderSpec::hidden_size,
        &EncoderSpec::num_hidden_layers, &EncoderSpec::layer_groups, &EncoderSpec::num_attention_heads,
        &EncoderSpec::intermediate_size, &EncoderSpec::max_position_embeddings, &EncoderSpec::type_vocab_size,
        &EncoderSpec::pad_token_id}) {
    change([&](EncoderSpec& spec) { spec.*size += 1; });
  }
  for (double EncoderSpec::*value :
       {&EncoderSpec::layer_norm_eps, &EncoderSpec::hidden_dropout_prob, &EncoderSpec::attention_probs_dropout_prob,
        &EncoderSpec::classifier_dropout, &EncoderSpec::initializer_range}) {
    change([&](EncoderSpec& spec) { spec.*value *= 1 + 1e-15; });
  }
  change([](EncoderSpec& spec) { spec.norm_biases = !spec.norm_biases; });
  change([](EncoderSpec& spec) { spec.projection = Projection::after_norm; });
  change([](EncoderSpec& spec) { spec.projection = Projection::before_norm; });
  change([](EncoderSpec& spec) { spec.positions = AbsolutePositions{2}; });
  change([](EncoderSpec& spec) { spec.positions = RotaryPositions{2, 3}; });
  change([](EncoderSpec& spec) { spec.positions = RotaryPositions{2, 4}; });
  change([](EncoderSpec& spec) { spec.positions = RotaryPositions{4, 3}; });
  change([](EncoderSpec& spec) { spec.relative_bias = RelativeBias{32, 128}; });
  change([](EncoderSpec& spec) { spec.relative_bias = RelativeBias{31, 128}; });
  change([](EncoderSpec& spec) { spec.relative_bias = RelativeBias{32, 127}; });
  change([](EncoderSpec& spec) { spec.positions = NoPositions{}; });
  change([](EncoderSpec& spec) { spec.disentangled = DisentangledPlaces{}; });
  change([](EncoderSpec& spec) { spec.disentangled = DisentangledPlaces{.span = 1}; });
  change([](EncoderSpec& spec) { spec.disentangled = DisentangledPlaces{.max_distance = 1}; });
  for (bool DisentangledPlaces::*flag : {&DisentangledPlaces::of_queries, &DisentangledPlaces::of_keys,
                                         &DisentangledPlaces::shared, &DisentangledPlaces::normed}) {
    change([&](EncoderSpec& spec) {
      DisentangledPlaces places;
      places.*flag = !(places.*flag);
      spec.disentangled = places;
    });
  }
  change([](EncoderSpec& spec) { spec.local_attention = LocalAttention{32, 128}; });
  change([](EncoderSpec& spec) { spec.local_attention = LocalAttention{31, 128}; });
  change([](EncoderSpec& spec) { spec.local_attention = LocalAttention{32, 127}; });
  change([](EncoderSpec& spec) { spec.native_head.activation = Activation::relu; });
  change([](EncoderSpec& spec) { spec.native_head.own_dropout = 0.5; });
  for (bool NativeHeadSpec::*flag :
       {&NativeHeadSpec::mean, &NativeHeadSpec::input_dropout, &NativeHeadSpec::bias, &NativeHeadSpec::norm}) {
    change([&](EncoderSpec& spec) { spec.native_head.*flag = !(spec.native_head.*flag); });
  }
  change([](EncoderSpec& spec) { spec.layer.hidden_act = Activation::relu; });
  change([](EncoderSpec& spec) { spec.layer.norm = NormPlacement::before_sublayer; });
  for (bool LayerSpec::*flag : {&LayerSpec::gated, &LayerSpec::biases, &LayerSpec::attention_output_dropout,
                                &LayerSpec::output_dropout, &LayerSpec::first_attention_norm}) {
    change([&](EncoderSpec& spec) { spec.layer.*flag = !(spec.layer.*flag); });
  }
  change([](EncoderSpec& spec) { spec.dense = {{3, Activation::tanh, true}}; });
  change([](EncoderSpec& spec) { spec.dense = {{4, Activation::tanh, true}}; });
  change([](EncoderSpec& spec) { spec.dense = {{3, Activation::relu, true}}; });
  change([](EncoderSpec& spec) { spec.dense = {{3, Activation::tanh, false}}; });
  change([](EncoderSpec& spec) { spec.dense = {{3, Activation::tanh, true}, {3, Activation::tanh, true}}; });
  EXPECT_EQ(seen.size(), fields + 1);
}
