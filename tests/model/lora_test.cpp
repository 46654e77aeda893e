#include "transfer_tune/model/lora.hpp"

#include "support/tiny_bert.hpp"
#include "transfer_tune/core/error.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace {

using namespace tt;
using namespace tt::model;

const LoraSpec kGolden{3, 7, 0, {"query", "value", "attention_output", "*.intermediate.dense"}};

/// The tiny BERT with adapters of given values on, and texts.
struct Adapted {
  explicit Adapted(const LoraSpec& lora = kGolden) : encoder(tests::read_encoder(tests::tiny_bert())) {
    encoder.add_lora(lora, 5);
    for (Parameter& parameter : encoder.parameters()) {
      if (const auto found = golden.find(parameter.name); found != golden.end())
        parameter.value = found->second.clone();
    }
  }

  [[nodiscard]] at::Tensor hidden(const Encoder& of, const ForwardMode& mode = {}) const {
    const PackedBatch batch = pack(tests::spans_of(sequences), 0, at::kCPU);
    const at::Tensor embedded = of.embed(batch, {});
    return of.run_layers(embedded, batch.packing, 0, of.spec().num_hidden_layers, mode)
        .narrow(0, 0, batch.packing.offsets.back());
  }

  checkpoint::NamedTensors golden =
      checkpoint::read_safetensors(TT_SOURCE_DIR "/tests/model/goldens/bert/lora.safetensors");
  std::vector<std::vector<std::int32_t>> sequences = tests::cut(golden.at("ids"), golden.at("lengths"));
  Encoder encoder;
};

bool is_adapter(const Parameter& parameter) { return parameter.name.find(".lora_") != std::string::npos; }

double distance(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>(); }

TEST(Lora, ComputesHiddenStatesAndGradientsAsPeft) {
  Adapted adapted;
  for (Parameter& parameter : adapted.encoder.parameters()) parameter.value.requires_grad_(is_adapter(parameter));
  const at::Tensor hidden = adapted.hidden(adapted.encoder);
  EXPECT_LE(distance(hidden.detach(), adapted.golden.at("hidden")), 1e-5);
  hidden.square().sum().backward();
  std::size_t compared = 0;
  for (const Parameter& parameter : adapted.encoder.parameters()) {
    if (!is_adapter(parameter)) {
      EXPECT_FALSE(parameter.value.grad().defined()) << parameter.name;
      continue;
    }
    const at::Tensor& expected = adapted.golden.at("gradient." + parameter.name);
    EXPECT_LE(distance(parameter.value.grad(), expected), 1e-4 * (1 + expected.abs().max().item<double>()))
        << parameter.name;
    ++compared;
  }
  EXPECT_EQ(compared, 3U * 4 * 2);
}

TEST(Lora, MergedComputesTheSame) {
  const Adapted adapted;
  const Encoder merged = adapted.encoder.merged();
  EXPECT_TRUE(merged.adapted_modules().empty());
  EXPECT_EQ(merged.parameters().size(), tests::read_encoder(tests::tiny_bert()).parameters().size());
  EXPECT_LE(distance(adapted.hidden(merged), adapted.golden.at("hidden")), 1e-5);
  EXPECT_LE(distance(adapted.hidden(adapted.encoder), adapted.golden.at("hidden")), 1e-5)
      << "merging changed the original";
}

TEST(Lora, StartsAsTheEncoderThatItIsPutOn) {
  const Encoder plain = tests::read_encoder(tests::tiny_bert());
  Encoder encoder = plain;
  encoder.add_lora({4, 8, 0, {"query", "output"}}, 5);
  const Adapted texts;
  EXPECT_TRUE(at::equal(texts.hidden(encoder), texts.hidden(plain)));
  EXPECT_EQ(encoder.adapted_modules(),
            (std::vector<std::string>{"encoder.layer.0.attention.self.query", "encoder.layer.0.output.dense",
                                      "encoder.layer.1.attention.self.query", "encoder.layer.1.output.dense",
                                      "encoder.layer.2.attention.self.query", "encoder.layer.2.output.dense"}));
}

TEST(Lora, ParametersFollowTheirLayersAndTheirSeed) {
  const auto first = [](const LoraSpec& lora, std::uint64_t seed) {
    Encoder encoder = tests::read_encoder(tests::tiny_bert());
    encoder.add_lora(lora, seed);
    const auto found =
        std::ranges::find(encoder.parameters(), "encoder.layer.1.attention.self.query.lora_A.weight", &Parameter::name);
    EXPECT_EQ(found->group, "layer.1");
    EXPECT_EQ(found->first_use, 2);
    EXPECT_EQ(std::next(found)->name, "encoder.layer.1.attention.self.query.lora_B.weight");
    EXPECT_EQ(std::next(found)->value.abs().max().item<double>(), 0);
    return found->value;
  };
  const at::Tensor a = first({8, 16, 0, {"query"}}, 5);
  const double bound = 1 / std::sqrt(20.0);
  EXPECT_LE(a.abs().max().item<double>(), bound);
  EXPECT_GE(a.abs().max().item<double>(), 0.9 * bound);
  EXPECT_NEAR(a.std().item<double>(), bound / std::sqrt(3.0), 0.2 * bound);
  EXPECT_TRUE(at::equal(a, first({8, 16, 0, {"*"}}, 5))) << "a draw depends on what else has adapters";
  EXPECT_FALSE(at::equal(a, first({8, 16, 0, {"query"}}, 6)));
}

TEST(Lora, DropoutActsInTrainingAlone) {
  LoraSpec lora = kGolden;
  lora.lora_dropout = 0.5;
  Adapted adapted(lora);
  EXPECT_LE(distance(adapted.hidden(adapted.encoder), adapted.golden.at("hidden")), 1e-5);
  // The encoder's own dropout must not be what differs.
  adapted.encoder = tests::read_encoder(tests::tiny_bert(), 0, [](EncoderSpec& spec) {
    spec.hidden_dropout_prob = spec.attention_probs_dropout_prob = 0;
  });
  adapted.encoder.add_lora(lora, 5);
  for (Parameter& parameter : adapted.encoder.parameters()) {
    if (is_adapter(parameter)) parameter.value = adapted.golden.at(parameter.name).clone();
  }
  const at::Tensor one = adapted.hidden(adapted.encoder, {true, 1, 0});
  EXPECT_GT(distance(one, adapted.golden.at("hidden")), 1e-2);
  EXPECT_TRUE(at::equal(one, adapted.hidden(adapted.encoder, {true, 1, 0})));
  EXPECT_FALSE(at::equal(one, adapted.hidden(adapted.encoder, {true, 1, 1})));
}

TEST(Lora, NamesTargetsThatAreNoModules) {
  Encoder encoder = tests::read_encoder(tests::tiny_bert());
  try {
    encoder.add_lora({8, 16, 0, {"query", "q_proj", "*.LayerNorm"}}, 0, "/transfer/lora/target_modules");
    FAIL();
  } catch (const UsageError& error) {
    const std::string what = error.what();
    EXPECT_TRUE(
        what.starts_with("/transfer/lora/target_modules: found \"q_proj, *.LayerNorm\", which no linear module"))
        << what;
    EXPECT_NE(what.find("query, key, value, attention_output, intermediate, output, "
                        "encoder.layer.0.attention.self.query"),
              std::string::npos)
        << what;
  }
}

}  // namespace
