#include "training/toy.hpp"
#include "transfer_tune/training/objective.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace {

using namespace tt;
using namespace tt::training;

/// With the parameters of scripts/goldens/objective_goldens.py.
std::unique_ptr<Objective> make(const std::string& name, CrossEntropyOptions options) {
  if (name == "focal") return make_focal(std::move(options), 1.5);
  if (name == "supervised_contrastive") return make_supervised_contrastive(std::move(options), 0.3, 0.7);
  if (name == "r_drop") return make_r_drop(std::move(options), 2.0);
  if (name == "binary_cross_entropy") return make_binary_cross_entropy(std::move(options));
  if (name == "prototypical") return make_prototypical({.support = 2, .temperature = 0.3, .isotropy = 0.4});
  return make_cross_entropy(std::move(options));
}

/// The largest difference, as a share of the largest expected value.
double distance(const at::Tensor& found, const at::Tensor& expected) {
  const double largest = expected.abs().max().item<double>();
  return (found - expected).abs().max().item<double>() / (largest > 0 ? largest : 1);
}

class Golden : public testing::TestWithParam<std::tuple<std::string, std::string>> {};

TEST_P(Golden, LossAndGradientsAreTorchs) {
  const auto& [name, which] = GetParam();
  const auto golden = checkpoint::read_safetensors(TT_SOURCE_DIR "/tests/training/goldens/objectives.safetensors");
  const at::Tensor& labels = golden.at("labels");
  const auto texts = static_cast<std::size_t>(labels.numel());
  EncodedSet set = tests::toy_set(texts, 1);
  for (std::size_t i = 0; i < texts; ++i) {
    set.labels[i] = static_cast<std::int32_t>(labels[static_cast<std::int64_t>(i)].item<std::int64_t>());
  }
  CrossEntropyOptions options;
  if (which != "plain") {
    for (std::int64_t i = 0; i < golden.at("class_weights").numel(); ++i) {
      options.class_weights.push_back(golden.at("class_weights")[i].item<double>());
    }
    for (std::size_t i = 0; i < texts; ++i) {
      set.weights.push_back(golden.at("text_weights")[static_cast<std::int64_t>(i)].item<float>());
    }
    options.label_smoothing = 0.1;
  }
  if (which == "soft") set.targets = golden.at("targets");
  if (name == "binary_cross_entropy") {
    set.targets = golden.at("sets");
    set.multi_label = true;
    set.labels.assign(texts, -1);
  }
  const std::unique_ptr<Objective> objective = make(name, options);
  Texts batch = set;
  if (objective->passes() == 2) batch.indices.insert(batch.indices.end(), batch.indices.begin(), batch.indices.end());
  const at::Tensor features = golden.at("features").clone().requires_grad_(true);
  const at::Tensor logits =
      golden.at("logits").narrow(0, 0, static_cast<std::int64_t>(batch.size())).clone().requires_grad_(true);
  const at::Tensor loss = objective->loss({features, logits}, batch);
  loss.backward();
  const std::string key = name + "." + which;
  constexpr double kRelative = 1e-6;
  EXPECT_LE(distance(loss.reshape({1}), golden.at(key + ".loss")), kRelative);
  EXPECT_LE(distance(logits.grad().defined() ? logits.grad() : at::zeros_like(logits), golden.at(key + ".logits")),
            kRelative);
  const at::Tensor& of_features = golden.at(key + ".features");
  EXPECT_LE(distance(features.grad().defined() ? features.grad() : at::zeros_like(features), of_features), kRelative);
  EXPECT_EQ(name == "supervised_contrastive" || name == "prototypical", of_features.abs().max().item<double>() > 0);
}

INSTANTIATE_TEST_SUITE_P(
    Sets, Golden, testing::Combine(testing::Values("binary_cross_entropy"), testing::Values("plain", "weighted")),
    [](const auto& golden) { return std::get<0>(golden.param) + "_" + std::get<1>(golden.param); });

INSTANTIATE_TEST_SUITE_P(
    Each, Golden,
    testing::Combine(testing::Values("cross_entropy", "focal", "supervised_contrastive", "r_drop", "prototypical"),
                     testing::Values("plain", "weighted", "soft")),
    [](const auto& golden) { return std::get<0>(golden.param) + "_" + std::get<1>(golden.param); });

}  // namespace
