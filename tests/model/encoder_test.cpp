#include "support/tiny_bert.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <string>

namespace {

using namespace tt;
using namespace tt::model;
using tests::spans_of;
using Sequences = std::vector<std::vector<std::int32_t>>;

const Sequences kTexts{{2, 9, 14, 3}, {2, 3}, {2, 31, 8, 8, 40, 59, 12, 7, 3}, {2, 5, 6, 7, 3}};

at::Tensor encode(const Encoder& encoder, const PackedBatch& batch, const ForwardMode& mode = {}) {
  return encoder.run_layers(encoder.embed(batch, mode), batch.packing, 0, encoder.spec().num_hidden_layers, mode);
}

/// The hidden states of each text in the batch.
std::vector<at::Tensor> encode_texts(const Encoder& encoder, const Sequences& texts, std::int64_t round_to = 64) {
  const PackedBatch batch = pack(spans_of(texts), 0, at::kCPU, round_to);
  const at::Tensor hidden = encode(encoder, batch);
  std::vector<at::Tensor> out;
  for (std::int64_t s = 0; s < batch.packing.sequences(); ++s) {
    out.push_back(hidden.narrow(0, batch.packing.offsets[static_cast<std::size_t>(s)], batch.packing.length(s)));
  }
  return out;
}

double distance(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>(); }

/// As `read_encoder` of the tiny BERT, its pooler left out.
Encoder without_pooler(std::uint64_t seed) {
  const std::filesystem::path config = tests::tiny_bert() / "config.json";
  const Family& family = find_family("bert", config);
  const EncoderSpec spec = family.parse_spec(read_file(config, ErrorKind::checkpoint), config);
  auto tensors = checkpoint::read_safetensors(tests::tiny_bert() / "model.safetensors");
  tensors.erase("pooler.dense.weight");
  tensors.erase("pooler.dense.bias");
  return {family, spec, match_tensors(family, spec, tensors, config), seed};
}

const at::Tensor& value_of(const Encoder& encoder, const std::string& name) {
  for (const Parameter& parameter : encoder.parameters()) {
    if (parameter.name == name) return parameter.value;
  }
  throw std::out_of_range(name);
}

TEST(Encoder, SharedValuesAreTheTensorsThemselvesWhereTheyAreFp32) {
  const std::filesystem::path config = tests::tiny_bert() / "config.json";
  const Family& family = find_family("bert", config);
  const EncoderSpec spec = family.parse_spec(read_file(config, ErrorKind::checkpoint), config);
  auto tensors = checkpoint::read_safetensors(tests::tiny_bert() / "model.safetensors");
  const std::string half = "pooler.dense.weight";
  tensors[half] = tensors.at(half).to(at::kHalf);
  const MatchedTensors matched = match_tensors(family, spec, tensors, config);
  const Encoder shared(family, spec, matched, 0, Values::shared);
  const Encoder copied(family, spec, matched, 0);
  for (const Parameter& parameter : shared.parameters()) {
    const at::Tensor& stored = matched.encoder.at(parameter.name);
    EXPECT_EQ(parameter.value.is_same(stored), parameter.name != half) << parameter.name;
    EXPECT_TRUE(at::equal(parameter.value, value_of(copied, parameter.name)));
    EXPECT_EQ(value_of(copied, parameter.name).is_same(stored), parameter.by_token) << parameter.name;
  }
}

TEST(Encoder, EightBitLayersComeNearTheExactOnes) {
  const Encoder exact = tests::read_encoder(tests::tiny_bert());
  const PackedBatch batch = pack(spans_of(kTexts), 0, at::kCPU);
  const at::Tensor expected = encode(exact, batch);
  EXPECT_TRUE(at::equal(encode(exact.in_int8(0), batch), expected));
  const Encoder all = exact.in_int8(exact.spec().num_hidden_layers);
  EXPECT_EQ(all.int8_layers(), exact.spec().num_hidden_layers);
  const double error = ((encode(all, batch) - expected).norm() / expected.norm()).item<double>();
  EXPECT_GT(error, 0);
  EXPECT_LE(error, 0.1);
  // Layers behind those asked for stay exact.
  const Encoder first = exact.in_int8(1);
  const at::Tensor embedded = exact.embed(batch, {});
  EXPECT_FALSE(at::equal(first.run_layers(embedded, batch.packing, 0, 1, {}),
                         exact.run_layers(embedded, batch.packing, 0, 1, {})));
  EXPECT_TRUE(at::equal(first.run_layers(embedded, batch.packing, 1, 3, {}),
                        exact.run_layers(embedded, batch.packing, 1, 3, {})));
}

/// As transformers' BertModel starts: normal weights of standard deviation 0.02, no biases, norms that do nothing, and
/// nothing for the padding token.
TEST(Encoder, StartsFromScratchAsTransformersDoes) {
  const std::filesystem::path config = tests::tiny_bert() / "config.json";
  const Family& family = find_family("bert", config);
  EncoderSpec spec = family.parse_spec(read_file(config, ErrorKind::checkpoint), config);
  spec.vocab_size = 20000;
  const Encoder encoder(family, spec, {}, 7);
  const at::Tensor& words = value_of(encoder, "embeddings.word_embeddings.weight");
  EXPECT_NEAR(0.02, words.std().item<double>(), 1e-4);
  EXPECT_NEAR(0, words.mean().item<double>(), 1e-4);
  EXPECT_EQ(0, words.select(0, spec.pad_token_id).abs().max().item<double>());
  EXPECT_GT(words.select(0, spec.pad_token_id + 1).abs().max().item<double>(), 0);
  for (const Parameter& parameter : encoder.parameters()) {
    if (parameter.name.ends_with("bias")) {
      EXPECT_EQ(0, parameter.value.abs().max().item<double>()) << parameter.name;
    } else if (parameter.name.ends_with("LayerNorm.weight")) {
      EXPECT_TRUE(at::equal(parameter.value, at::ones_like(parameter.value))) << parameter.name;
    } else {
      EXPECT_NEAR(0.02, parameter.value.std().item<double>(), 0.004) << parameter.name;
    }
  }
  EXPECT_TRUE(at::equal(words, value_of(Encoder(family, spec, {}, 7), "embeddings.word_embeddings.weight")));
  EXPECT_FALSE(at::equal(words, value_of(Encoder(family, spec, {}, 8), "embeddings.word_embeddings.weight")));
}

TEST(Pack, LaysTextsEndToEndWithPositionsFromZero) {
  const PackedBatch batch = pack(spans_of({{2, 9, 3}, {2, 3}}), 7, at::kCPU, 4);
  EXPECT_EQ(batch.packing.offsets, (std::vector<std::int32_t>{0, 3, 5}));
  EXPECT_EQ(batch.packing.rows, 8);
  EXPECT_TRUE(at::equal(batch.ids, at::tensor({2, 9, 3, 2, 3, 7, 7, 7}, at::kLong)));
  EXPECT_TRUE(at::equal(batch.positions.narrow(0, 0, 5), at::tensor({0, 1, 2, 0, 1}, at::kLong)));
  EXPECT_EQ(packing_of(std::vector<std::int64_t>{64}, 64).rows, 64);
  EXPECT_EQ(packing_of(std::vector<std::int64_t>{64, 1}, 64).rows, 128);
}

/// A matrix product of another height may sum in another order (on some processors it does): the bound is the one for
/// hidden states against transformers, far below what a stray row would change.
constexpr double kRounding = 1e-5;

TEST(Encoder, OrderOfTextsDoesNotMatter) {
  const Encoder encoder = tests::read_encoder(tests::tiny_bert());
  const auto forwards = encode_texts(encoder, kTexts);
  const auto backwards = encode_texts(encoder, Sequences(kTexts.rbegin(), kTexts.rend()));
  for (std::size_t i = 0; i < kTexts.size(); ++i) {
    EXPECT_LE(distance(forwards[i], backwards[kTexts.size() - 1 - i]), kRounding) << i;
  }
}

TEST(Encoder, OtherTextsAndDummyRowsDoNotMatter) {
  const Encoder encoder = tests::read_encoder(tests::tiny_bert());
  const auto together = encode_texts(encoder, kTexts);
  for (const std::int64_t round_to : {1, 3, 64, 256}) {
    for (std::size_t i = 0; i < kTexts.size(); ++i) {
      EXPECT_LE(distance(encode_texts(encoder, {kTexts[i]}, round_to).front(), together[i]), kRounding)
          << i << " rounded to " << round_to;
    }
  }
}

TEST(Encoder, DummyRowsDoNotReachTheGradients) {
  std::vector<std::vector<at::Tensor>> gradients;
  for (const std::int64_t round_to : {1, 64}) {
    Encoder encoder = tests::read_encoder(tests::tiny_bert());
    for (Parameter& parameter : encoder.parameters()) parameter.value.requires_grad_(true);
    const PackedBatch batch = pack(spans_of(kTexts), 0, at::kCPU, round_to);
    ops::mean_pool(encode(encoder, batch), batch.packing).square().sum().backward();
    auto& of_this = gradients.emplace_back();
    for (const Parameter& parameter : encoder.parameters()) {
      if (parameter.group != "pooler") of_this.push_back(parameter.value.grad());
    }
  }
  for (std::size_t i = 0; i < gradients[0].size(); ++i) {
    EXPECT_LE(distance(gradients[0][i], gradients[1][i]), 1e-6 * (1 + gradients[0][i].abs().max().item<double>())) << i;
  }
}

TEST(Encoder, DropoutFollowsSeedAndStepAlone) {
  const Encoder encoder = tests::read_encoder(tests::tiny_bert());
  const PackedBatch batch = pack(spans_of(kTexts), 0, at::kCPU);
  const at::Tensor plain = encode(encoder, batch);
  const at::Tensor dropped = encode(encoder, batch, {true, 5, 3});
  EXPECT_GT(distance(dropped, plain), 1e-2);
  EXPECT_TRUE(at::equal(dropped, encode(encoder, batch, {true, 5, 3})));
  EXPECT_FALSE(at::equal(dropped, encode(encoder, batch, {true, 6, 3})));
  EXPECT_FALSE(at::equal(dropped, encode(encoder, batch, {true, 5, 4})));
  EXPECT_TRUE(at::equal(plain, encode(encoder, batch, {false, 5, 3})));
}

TEST(Encoder, EveryDropoutSiteHasItsOwnMask) {
  // With one key for all, the two hidden sites of every layer and the embeddings' would drop the same elements.
  const ForwardMode mode{true, 1, 2};
  std::vector<std::uint64_t> keys;
  for (const auto purpose :
       {RandomPurpose::hidden_dropout, RandomPurpose::attention_dropout, RandomPurpose::head_dropout}) {
    for (std::uint64_t site = 0; site < 8; ++site) keys.push_back(mode.dropout(0.1, purpose, site).key);
  }
  std::sort(keys.begin(), keys.end());
  EXPECT_EQ(std::unique(keys.begin(), keys.end()), keys.end());
}

TEST(Encoder, AMissingPoolerIsDrawnBySeed) {
  const Encoder encoder = without_pooler(11);
  const at::Tensor& weight = value_of(encoder, "pooler.dense.weight");
  EXPECT_TRUE(at::equal(weight, value_of(without_pooler(11), "pooler.dense.weight")));
  EXPECT_FALSE(at::equal(weight, value_of(without_pooler(12), "pooler.dense.weight")));
  EXPECT_NEAR(weight.std().item<double>(), encoder.spec().initializer_range, 0.002);
  EXPECT_EQ(value_of(encoder, "pooler.dense.bias").abs().max().item<float>(), 0);
  const std::string word = "embeddings.word_embeddings.weight";
  EXPECT_TRUE(at::equal(value_of(encoder, word), value_of(tests::read_encoder(tests::tiny_bert()), word)));
}

TEST(Encoder, KeepsCopiesOfTheCheckpoint) {
  Encoder a = tests::read_encoder(tests::tiny_bert());
  for (Parameter& parameter : a.parameters()) parameter.value.add_(1);
  const Encoder b = tests::read_encoder(tests::tiny_bert());
  for (std::size_t i = 0; i < b.parameters().size(); ++i) {
    EXPECT_FALSE(at::equal(a.parameters()[i].value, b.parameters()[i].value)) << b.parameters()[i].name;
  }
}

}  // namespace
