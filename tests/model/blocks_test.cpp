#include "support/messages.hpp"
#include "support/tiny_bert.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/model/blocks/place_encoding.hpp"

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

/// As in transformers: a padding token within a text, as its literal spelling gives it, has the padding's row and
/// leaves no gap behind it.
TEST(Blocks, PaddingInsideATextHasNoPlace) {
  EncoderSpec spec = tiny_spec();
  checkpoint::NamedTensors tensors = tiny_tensors();
  spec.positions = AbsolutePositions{2};
  const Encoder encoder = encoder_of(spec, tensors);
  const std::vector<std::vector<std::int32_t>> texts{{2, 1, 9}, {5, 3}};
  const PackedBatch batch = pack(tests::spans_of(texts), /*pad_id=*/1, at::kCPU, 1);
  EXPECT_TRUE(at::equal(batch.counted, at::tensor({1, 0, 2, 1, 2}, at::kLong)));
  PackedBatch spelt = batch;
  spelt.counted = at::Tensor();
  spec.positions = AbsolutePositions{0};
  spelt.positions = at::tensor({2, 1, 3, 2, 3}, at::kLong);
  EXPECT_TRUE(at::equal(encoder.embed(batch, {}), encoder_of(spec, tensors).embed(spelt, {})));
}

/// The first layer of a group is all that has weights; the others are it again, but for what dropout they draw.
TEST(Blocks, LayersOfAGroupShareTheirWeights) {
  EncoderSpec spec = tiny_spec();
  const checkpoint::NamedTensors tensors = tiny_tensors();
  checkpoint::NamedTensors same = tensors;
  for (auto& [name, tensor] : same) {
    if (name.starts_with("encoder.layer.")) tensor = tensors.at("encoder.layer.0" + name.substr(15));
  }
  const Encoder apart = encoder_of(spec, same);
  spec.layer_groups = 1;
  Encoder shared = encoder_of(spec, tensors);
  EXPECT_EQ(shared.parameters().size() + 32U, apart.parameters().size());
  EXPECT_TRUE(at::equal(encode(shared), encode(apart)));
  EXPECT_TRUE(at::equal(encode(shared.in_int8(2)), encode(apart.in_int8(2))));
  for (Parameter& parameter : shared.parameters()) {
    if (!parameter.group.starts_with("layer.")) continue;
    EXPECT_EQ(parameter.group, "layer.0") << parameter.name;
    EXPECT_EQ(parameter.first_use, 1) << parameter.name;
  }
  shared.add_lora({2, 4, 0, {"value"}}, 3);
  EXPECT_EQ(shared.adapted_modules(), std::vector<std::string>{"encoder.layer.0.attention.self.value"});
  at::Tensor& b = named(shared, "encoder.layer.0.attention.self.value.lora_B.weight").value;
  b = at::ones_like(b);
  const at::Tensor adapted = encode(shared);
  EXPECT_FALSE(at::allclose(adapted, encode(apart)));
  EXPECT_LE((encode(shared.merged()) - adapted).abs().max().item<double>(), 1e-5);
}

/// As MPNet has it: buckets by distance, of either side, exact up to eight and then ever wider.
TEST(Blocks, DistancesFallIntoBuckets) {
  const RelativeBias spec{32, 128};
  const std::vector<std::pair<std::int64_t, std::int64_t>> buckets{
      {0, 0},  {-1, 1}, {-7, 7},  {-8, 8},  {-11, 8}, {-12, 9}, {-16, 10}, {-127, 15}, {1, 17},
      {7, 23}, {8, 24}, {12, 25}, {64, 30}, {90, 30}, {91, 31}, {128, 31}, {-128, 15}, {4096, 31}};
  for (const auto& [distance, bucket] : buckets) EXPECT_EQ(relative_bucket(distance, spec), bucket) << distance;
}

TEST(Blocks, DropoutBeforeTheHeadsHiddenLayerIsTheFamilysToSay) {
  for (const auto& [input_dropout, own] : {std::pair(false, 0.0), {true, 0.0}, {false, 0.5}}) {
    EncoderSpec spec = tiny_spec();
    spec.native_head.input_dropout = input_dropout;
    spec.native_head.own_dropout = own;
    const Classifier classifier(encoder_of(spec, tiny_tensors()), {Pooling::first, false, 0.5, 2}, 0);
    const at::Tensor pooled = at::ones({3, spec.hidden_size});
    EXPECT_EQ(at::equal(classifier.features(pooled), classifier.features(pooled, {true, 1, 2})),
              !input_dropout && own == 0);
  }
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
