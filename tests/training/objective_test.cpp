#include "transfer_tune/training/objective.hpp"

#include "training/toy.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <memory>
#include <utility>
#include <vector>

namespace {

using namespace tt;
using namespace tt::training;
using tests::kLabels;
using tests::toy_set;

/// Logits of as many texts, each time the same.
at::Tensor logits_of(const Texts& texts) {
  at::Tensor logits = at::empty({static_cast<std::int64_t>(texts.size()), kLabels});
  RandomStream stream(5);
  float* value = logits.mutable_data_ptr<float>();
  for (std::int64_t i = 0; i < logits.numel(); ++i) value[i] = static_cast<float>(3 * stream.normal());
  return logits;
}

double loss_of(const Objective& objective, const Texts& texts) {
  return objective.loss({{}, logits_of(texts)}, texts).item<double>();
}

TEST(CrossEntropy, TextsThatWeighOneAndOnehotTargetsChangeNothing) {
  const EncodedSet plain = toy_set(12, 1);
  EncodedSet weighted = plain;
  weighted.weights.assign(12, 1.0F);
  EncodedSet soft = plain;
  soft.targets = at::one_hot(at::tensor(plain.labels, at::kLong), kLabels).to(at::kFloat);
  for (const std::vector<double>& class_weights : {std::vector<double>{}, std::vector<double>{1, 5, 0.2}}) {
    for (const double smoothing : {0.0, 0.1}) {
      const auto objective = make_cross_entropy({class_weights, smoothing});
      for (const EncodedSet* set : {&weighted, &soft}) {
        EXPECT_NEAR(objective->weight(*set), objective->weight(plain), 1e-5);
        EXPECT_NEAR(loss_of(*objective, *set), loss_of(*objective, plain), 1e-5);
      }
    }
  }
}

TEST(CrossEntropy, ATextOfWeightTwoIsTwoOfThem) {
  EncodedSet set = toy_set(4, 1);
  const at::Tensor logits = logits_of(set);
  const auto objective = make_cross_entropy({{1, 5, 0.2}, 0.1});
  const Texts doubled(set, {0, 1, 2, 2});
  const double expected =
      objective->loss({{}, logits.index_select(0, at::tensor({0, 1, 2, 2}, at::kLong))}, doubled).item<double>();
  const double weight = objective->weight(doubled);
  set.weights = {1, 1, 2, 0};
  EXPECT_NEAR(objective->weight(set), weight, 1e-5);
  EXPECT_NEAR(objective->loss({{}, logits}, set).item<double>(), expected, 1e-5);
}

TEST(EncodedSet, ASubsetKeepsWeightsAndTargetsBesideTheirTexts) {
  EncodedSet set = toy_set(3, 1);
  set.weights = {1, 2, 3};
  set.targets = at::eye(3);
  const EncodedSet some = subset(set, {2, 0});
  EXPECT_EQ(some.weights, (std::vector<float>{3, 1}));
  EXPECT_TRUE(at::equal(some.targets, set.targets.index_select(0, at::tensor({2, 0}, at::kLong))));
}

}  // namespace
