#include "support/messages.hpp"
#include "support/tiny_bert.hpp"
#include "transfer_tune/core/error.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

// What a spec's fields do to the encoder that is made of it.

namespace {

using namespace tt;
using namespace tt::model;
using tests::holds;

const std::filesystem::path kConfig = tests::tiny_bert() / "config.json";
const std::vector<std::vector<std::int32_t>> kTexts{{2, 9, 14, 3}, {2, 3}, {2, 31, 8, 8, 40, 59, 12, 7, 3}};

const Family& bert() { return find_family("bert", kConfig); }

EncoderSpec tiny_spec() { return bert().parse_spec(read_file(kConfig, ErrorKind::checkpoint), kConfig); }

checkpoint::NamedTensors tiny_tensors() {
  return checkpoint::read_safetensors(tests::tiny_bert() / "model.safetensors");
}

Encoder encoder_of(const EncoderSpec& spec, const checkpoint::NamedTensors& tensors) {
  return {bert(), spec, match_tensors(bert(), spec, tensors, kConfig), 0};
}

at::Tensor encode(const Encoder& encoder) {
  const PackedBatch batch = pack(tests::spans_of(kTexts), 0, at::kCPU);
  return encoder.run_layers(encoder.embed(batch, {}), batch.packing, 0, encoder.spec().num_hidden_layers, {});
}

Parameter& named(Encoder& encoder, const std::string& name) {
  for (Parameter& parameter : encoder.parameters()) {
    if (parameter.name == name) return parameter;
  }
  throw std::out_of_range(name);
}

bool is_linear_bias(const std::string& name) {
  return name.starts_with("encoder.") && name.ends_with(".bias") && name.find("LayerNorm") == std::string::npos;
}

/// Without biases the encoder has none to look up, and computes, forwards and backwards, what zeros would give.
TEST(Blocks, LinearLayersDoWithoutBiases) {
  for (const Activation activation : {Activation::gelu, Activation::relu}) {
    EncoderSpec spec = tiny_spec();
    spec.layer.hidden_act = activation;
    checkpoint::NamedTensors tensors = tiny_tensors();
    for (auto& [name, tensor] : tensors) {
      if (is_linear_bias(name)) tensor = at::zeros_like(tensor);
    }
    Encoder zeros = encoder_of(spec, tensors);
    std::erase_if(tensors, [](const auto& entry) { return is_linear_bias(entry.first); });
    spec.layer.biases = false;
    Encoder without = encoder_of(spec, tensors);
    // Six in each of three layers.
    EXPECT_EQ(without.parameters().size() + 18, zeros.parameters().size());
    const at::Tensor hidden = encode(without);
    EXPECT_TRUE(at::equal(hidden, encode(zeros)));
    EXPECT_TRUE(at::equal(encode(without.in_int8(3)), encode(zeros.in_int8(3))));
    for (Encoder* encoder : {&zeros, &without}) {
      for (Parameter& parameter : encoder->parameters()) parameter.value.requires_grad_(true);
      encode(*encoder).square().sum().backward();
    }
    for (const Parameter& parameter : without.parameters()) {
      if (parameter.group == "pooler") continue;
      EXPECT_TRUE(at::equal(parameter.value.grad(), named(zeros, parameter.name).value.grad())) << parameter.name;
    }
  }
}

/// As RoBERTa has it: the first token's position is not the table's first row.
TEST(Blocks, PositionsStartAtTheirOffset) {
  EncoderSpec spec = tiny_spec();
  checkpoint::NamedTensors tensors = tiny_tensors();
  const at::Tensor expected = encode(encoder_of(spec, tensors));
  at::Tensor& table = tensors.at("embeddings.position_embeddings.weight");
  table = at::cat({at::full({2, spec.hidden_size}, 9.0), table});
  spec.max_position_embeddings += 2;
  spec.positions = AbsolutePositions{2};
  EXPECT_TRUE(at::equal(encode(encoder_of(spec, tensors)), expected));
  EXPECT_EQ(spec.max_tokens(), tiny_spec().max_tokens());
}

TEST(Blocks, TokenTypesAreThereWhereTheSpecHasThem) {
  EncoderSpec spec = tiny_spec();
  checkpoint::NamedTensors tensors = tiny_tensors();
  at::Tensor& types = tensors.at("embeddings.token_type_embeddings.weight");
  types = at::zeros_like(types);
  const at::Tensor expected = encode(encoder_of(spec, tensors));
  tensors.erase("embeddings.token_type_embeddings.weight");
  EXPECT_TRUE(holds(tests::message_of<CheckpointError>([&] { (void)encoder_of(spec, tensors); }),
                    "embeddings.token_type_embeddings.weight is missing"));
  spec.type_vocab_size = 0;
  EXPECT_TRUE(at::equal(encode(encoder_of(spec, tensors)), expected));
}

TEST(Blocks, DropoutOnWhatAttentionGivesIsTheLayersToSay) {
  EncoderSpec spec = tiny_spec();
  spec.num_hidden_layers = 1;
  spec.attention_probs_dropout_prob = 0;
  const ForwardMode training{true, 3, 4};
  const auto run = [&](const ForwardMode& mode) {
    const Encoder encoder = encoder_of(spec, tiny_tensors());
    const PackedBatch batch = pack(tests::spans_of(kTexts), 0, at::kCPU);
    return encoder.run_layers(encoder.embed(batch, {}), batch.packing, 0, 1, mode);
  };
  const at::Tensor both = run(training);
  spec.layer.attention_output_dropout = false;
  const at::Tensor one = run(training);
  EXPECT_FALSE(at::equal(one, both));
  EXPECT_FALSE(at::equal(one, run({})));
}

TEST(Blocks, WhatNoneComputesIsRefused) {
  EncoderSpec gated = tiny_spec();
  gated.layer.gated = true;
  EXPECT_TRUE(holds(tests::message_of<InternalError>([&] { (void)bert().parameter_keys(gated); }), "gated"));
  EncoderSpec pre_norm = tiny_spec();
  pre_norm.layer.norm = NormPlacement::before_sublayer;
  EXPECT_TRUE(holds(tests::message_of<InternalError>([&] { (void)bert().parameter_keys(pre_norm); }), "norms before"));
}

TEST(Blocks, ATensorThatIsMissingOrMisshapenIsNamed) {
  const EncoderSpec spec = tiny_spec();
  const MatchedTensors whole = match_tensors(bert(), spec, tiny_tensors(), kConfig);
  const std::string name = "encoder.layer.1.output.dense.weight";
  MatchedTensors matched = whole;
  matched.encoder.at(name) = at::ones({20, 27});
  const std::string misshapen = tests::message_of<InternalError>([&] { (void)Encoder(bert(), spec, matched, 0); });
  EXPECT_TRUE(holds(misshapen, name + " has shape [20, 27]; a bert encoder of this spec has [20, 28]"));
  matched.encoder.erase(name);
  const std::string missing = tests::message_of<InternalError>([&] { (void)Encoder(bert(), spec, matched, 0); });
  EXPECT_TRUE(holds(missing, "lack " + name));
}

TEST(Blocks, TwoModulesOfOneNameAreRefused) {
  Family confused = bert();
  confused.names.layer.key = confused.names.layer.query;
  EXPECT_TRUE(holds(tests::message_of<InternalError>([&] { (void)confused.parameter_keys(tiny_spec()); }),
                    "\"encoder.layer.0.attention.self.query.weight\""));
}

TEST(Blocks, ACopyHasWeightsOfItsOwn) {
  Encoder first = encoder_of(tiny_spec(), tiny_tensors());
  Encoder second = first;
  const at::Tensor before = encode(second);
  for (Parameter& parameter : first.parameters()) parameter.value = parameter.value + 1;
  EXPECT_TRUE(at::equal(encode(second), before));
  EXPECT_FALSE(at::equal(encode(first), before));
}

}  // namespace
