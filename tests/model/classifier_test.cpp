#include "support/tiny_bert.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <set>
#include <string>

namespace {

using namespace tt;
using namespace tt::model;

Classifier make(HeadSpec head, std::uint64_t seed = 1) { return {tests::read_encoder(tests::tiny_bert()), head, seed}; }

std::set<std::string> groups_of(const std::vector<Parameter*>& parameters) {
  std::set<std::string> groups;
  for (const Parameter* parameter : parameters) groups.insert(parameter->group);
  return groups;
}

TEST(Classifier, UsesThePoolerOnlyUnderTheNativeHead) {
  Classifier mean = make({Pooling::mean, true, 0, 4});
  Classifier native = make({Pooling::first, false, 0, 4});
  const std::set<std::string> without{"embeddings", "layer.0", "layer.1", "layer.2", "head"};
  std::set<std::string> with = without;
  with.insert("pooler");
  EXPECT_EQ(groups_of(mean.used_parameters()), without);
  EXPECT_EQ(groups_of(native.used_parameters()), with);
  EXPECT_EQ(mean.all_parameters().size(), native.used_parameters().size());
}

TEST(Classifier, TheHeadIsDrawnBySeed) {
  Classifier a = make({Pooling::mean, true, 0, 40}, 1);
  EXPECT_TRUE(at::equal(a.head_weight(), make({Pooling::mean, true, 0, 40}, 1).head_weight()));
  EXPECT_FALSE(at::equal(a.head_weight(), make({Pooling::mean, true, 0, 40}, 2).head_weight()));
  EXPECT_NEAR(a.head_weight().std().item<double>(), a.encoder().spec().initializer_range, 0.002);
  EXPECT_EQ(a.head_bias().abs().sum().item<float>(), 0);
}

TEST(Classifier, SetHeadReplacesTheLinearLayer) {
  Classifier classifier = make({Pooling::mean, true, 0, 4});
  classifier.set_head(at::ones({2, 20}), at::tensor({1.0F, 2.0F}));
  EXPECT_EQ(classifier.head().num_labels, 2);
  const at::Tensor logits = classifier.logits(at::ones({1, 20}), {});
  EXPECT_TRUE(at::equal(logits, at::tensor({21.0F, 22.0F}).view({1, 2})));
}

TEST(Classifier, PoolsTheMeanOrTheFirstToken) {
  ops::Packing packing = packing_of(std::vector<std::int64_t>{2, 3}, 8);
  const at::Tensor hidden = at::arange(8 * 20, at::kFloat).view({8, 20});
  const at::Tensor mean = make({Pooling::mean, true, 0, 4}).pool(hidden, packing, 3, {});
  EXPECT_TRUE(at::allclose(mean[0], (hidden[0] + hidden[1]) / 2));
  EXPECT_TRUE(at::allclose(mean[1], (hidden[2] + hidden[3] + hidden[4]) / 3));
  const at::Tensor first = make({Pooling::first, false, 0, 4}).pool(hidden, packing, 3, {});
  EXPECT_TRUE(at::equal(first, at::stack({hidden[0], hidden[2]})));
}

TEST(Classifier, FirstTokensOfTheLastLayerAreWhatTheWholeLayerGives) {
  const Classifier classifier = make({Pooling::first, false, 0, 4});
  const ops::Packing packing = packing_of(std::vector<std::int64_t>{2, 7, 1, 4}, 16);
  at::manual_seed(3);
  const at::Tensor hidden = at::randn({16, 20}).requires_grad_(true);
  const at::Tensor whole = classifier.encoder().run_layers(hidden, packing, 1, 3, {});
  const at::Tensor expected = whole.index_select(0, at::tensor({0, 2, 9, 10}));
  const at::Tensor pooled = classifier.pool(hidden, packing, 1, {});
  EXPECT_LE((pooled - expected).abs().max().item<double>(), 1e-5);
  const at::Tensor gradient = at::randn({4, 20});
  const auto through = [&](const at::Tensor& rows) {
    return torch::autograd::grad({rows}, {hidden}, {gradient}).front();
  };
  EXPECT_LE((through(pooled) - through(expected)).abs().max().item<double>(), 1e-5);
}

TEST(Classifier, NormalisesOnlyWhereAsked) {
  const at::Tensor pooled = at::full({1, 20}, 3.0F);
  EXPECT_TRUE(at::equal(make({Pooling::mean, false, 0, 4}).features(pooled), pooled));
  EXPECT_NEAR(make({Pooling::mean, true, 0, 4}).features(pooled).norm().item<double>(), 1.0, 1e-6);
  // A vector of zeros stays one: nothing is divided by zero.
  EXPECT_EQ(make({Pooling::mean, true, 0, 4}).features(at::zeros({1, 20})).abs().sum().item<float>(), 0);
}

TEST(Classifier, HeadDropoutActsInTrainingOnly) {
  const Classifier classifier = make({Pooling::mean, true, 0.5, 4});
  const at::Tensor features = at::ones({6, 20});
  EXPECT_TRUE(at::equal(classifier.logits(features, {}), classifier.logits(features, {false, 1, 1})));
  const at::Tensor dropped = classifier.logits(features, {true, 1, 1});
  EXPECT_FALSE(at::equal(dropped, classifier.logits(features, {})));
  EXPECT_TRUE(at::equal(dropped, classifier.logits(features, {true, 1, 1})));
  EXPECT_FALSE(at::equal(dropped, classifier.logits(features, {true, 1, 2})));
}

}  // namespace
