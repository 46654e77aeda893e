#include "transfer_tune/model/blocks/dense.hpp"
#include "support/tiny_bert.hpp"
#include "transfer_tune/checkpoint/safetensors.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace tt;
using namespace tt::model;

/// The tiny BERT with two Dense modules, of 20 → 7 → 5 features.
Encoder with_dense() {
  const checkpoint::EncoderDirectory files = checkpoint::read_directory(tests::tiny_bert());
  const Family& family = find_family("bert", {});
  EncoderSpec spec = family.parse_spec(files.config_json, {});
  MatchedTensors matched = match_tensors(family, spec, files.tensors, {});
  spec.dense = {{7, Activation::tanh, true}, {5, Activation::relu, false}};
  at::manual_seed(5);
  matched.encoder[dense_name(0) + ".weight"] = at::randn({7, 20});
  matched.encoder[dense_name(0) + ".bias"] = at::randn({7});
  matched.encoder[dense_name(1) + ".weight"] = at::randn({5, 7});
  return {family, spec, matched, 5};
}

double distance(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>(); }

class DenseGolden : public testing::TestWithParam<std::pair<const char*, Activation>> {};

/// Against torch.nn.Linear and its activations: scripts/goldens/dense_goldens.py.
TEST_P(DenseGolden, GivesTheValuesAndGradientsOfTorch) {
  const auto [name, activation] = GetParam();
  const checkpoint::NamedTensors golden = checkpoint::read_safetensors(TT_SOURCE_DIR "/tests/model/dense.safetensors");
  for (const bool bias : {true, false}) {
    const auto expected = [&, of = std::string(name)](const std::string& what) {
      return golden.at(of + (bias ? ".bias." : ".plain.") + what).clone();
    };
    ParameterTable table;
    table.enter({.group = "dense"});
    const Dense dense(table, "dense", 6, {4, activation, bias});
    std::vector<Parameter> weights(table.keys().size());
    for (std::size_t i = 0; i < weights.size(); ++i) weights[i].value = golden.at(i == 0 ? "weight" : "bias").clone();
    std::vector<at::Tensor> inputs{golden.at("vectors").clone().requires_grad_(true)};
    for (Parameter& parameter : weights) inputs.push_back(parameter.value.requires_grad_(true));
    const at::Tensor out = dense(weights, inputs[0]);
    EXPECT_LE(distance(out, expected("out")), 1e-6);
    const auto gradients = torch::autograd::grad({out}, inputs, {golden.at("gradient")});
    EXPECT_LE(distance(gradients[0], expected("vectors")), 1e-6);
    EXPECT_LE(distance(gradients[1], expected("weight")), 1e-6);
    if (!bias) continue;
    EXPECT_LE(distance(gradients[2], expected("bias")), 1e-6);
  }
}

INSTANTIATE_TEST_SUITE_P(Activations, DenseGolden,
                         testing::Values(std::pair{"Tanh", Activation::tanh}, std::pair{"GELU", Activation::gelu},
                                         std::pair{"Identity", Activation::identity},
                                         std::pair{"ReLU", Activation::relu}, std::pair{"Sigmoid", Activation::sigmoid},
                                         std::pair{"SiLU", Activation::silu}),
                         [](const auto& tested) { return std::string(tested.param.first); });

TEST(DenseModules, AreOfThePooledHeadsAlone) {
  Classifier mean(with_dense(), {Pooling::mean, false, 0, 3}, 1);
  Classifier native(with_dense(), {Pooling::first, false, 0, 3}, 1);
  EXPECT_EQ(mean.feature_size(), 5);
  EXPECT_EQ(native.feature_size(), 20);
  EXPECT_EQ(mean.head_weight().sizes(), at::IntArrayRef({3, 5}));
  EXPECT_EQ(native.head_weight().sizes(), at::IntArrayRef({3, 20}));
  const auto groups = [](Classifier& classifier) {
    std::set<std::string> out;
    for (const Parameter* parameter : classifier.used_parameters()) out.insert(parameter->group);
    return out;
  };
  EXPECT_TRUE(groups(mean).contains("dense"));
  EXPECT_FALSE(groups(mean).contains("pooler"));
  EXPECT_FALSE(groups(native).contains("dense"));
  EXPECT_TRUE(groups(native).contains("pooler"));
  // Neither is a tensor of the encoder's own files.
  for (const Classifier* classifier : {&mean, &native}) {
    for (const auto& [name, tensor] : file_tensors(find_family("bert", {}), *classifier)) {
      EXPECT_EQ(name.find("dense_layer"), std::string::npos) << name;
    }
  }
}

TEST(DenseModules, StandBetweenPoolingAndNormalisation) {
  const Encoder encoder = with_dense();
  const auto value = [&](const std::string& name) {
    const auto found = std::ranges::find(encoder.parameters(), name, &Parameter::name);
    return found->value;
  };
  const at::Tensor pooled = at::arange(40, at::kFloat).view({2, 20}) / 20;
  const at::Tensor first = at::tanh(at::linear(pooled, value("dense_layer.0.weight"), value("dense_layer.0.bias")));
  const at::Tensor expected = at::relu(at::linear(first, value("dense_layer.1.weight")));
  ASSERT_GT(expected.abs().max().item<double>(), 0.01);
  for (const Pooling pooling : {Pooling::mean, Pooling::cls}) {
    EXPECT_LE(distance(Classifier(with_dense(), {pooling, false, 0, 3}, 1).features(pooled), expected), 1e-6);
    EXPECT_LE(distance(Classifier(with_dense(), {pooling, true, 0, 3}, 1).features(pooled),
                       expected / expected.norm(2, {1}, true).clamp_min(1e-12)),
              1e-6);
  }
}

}  // namespace
