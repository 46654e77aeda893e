#include "transfer_tune/training/objective.hpp"

#include "training/toy.hpp"
#include "transfer_tune/training/fit.hpp"
#include "transfer_tune/training/forward.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <set>
#include <string>
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

TEST(Focal, LeavesAFiniteGradientWhereAnAnswerIsSure) {
  const EncodedSet set = toy_set(3, 1);
  const at::Tensor logits = (at::eye(3) * 200).requires_grad_(true);
  const at::Tensor loss = make_focal({}, 0.5)->loss({{}, logits}, set);
  loss.backward();
  EXPECT_TRUE(loss.isfinite().item<bool>());
  EXPECT_TRUE(logits.grad().isfinite().all().item<bool>());
}

TEST(Focal, WithoutGammaIsTheCrossEntropy) {
  const EncodedSet set = toy_set(12, 1);
  EXPECT_NEAR(loss_of(*make_focal({{1, 5, 0.2}, 0.1}, 0), set), loss_of(*make_cross_entropy({{1, 5, 0.2}, 0.1}), set),
              1e-5);
}

TEST(SupervisedContrastive, ABatchWithoutTwoTextsOfALabelHasTheCrossEntropyAlone) {
  const EncodedSet set = toy_set(3, 1);
  const at::Tensor features = at::eye(3).requires_grad_(true);
  const at::Tensor logits = logits_of(set).requires_grad_(true);
  const at::Tensor loss = make_supervised_contrastive({}, 0.3, 0.5)->loss({features, logits}, set);
  loss.backward();
  EXPECT_NEAR(loss.item<double>(), 0.5 * loss_of(*make_cross_entropy({}), set), 1e-6);
}

TEST(SupervisedContrastive, AnEpochTakesTextsInPairsOfALabel) {
  EncodedSet set = toy_set(50, 1);
  for (std::size_t i = 0; i < set.size(); ++i) set.labels[i] = static_cast<std::int32_t>(i % 7);
  std::vector<std::size_t> some(49);
  std::iota(some.begin(), some.end(), std::size_t{1});
  const Texts texts(set, some);  // seven of every label
  const auto objective = make_supervised_contrastive({}, 0.3, 0.5);
  const std::vector<std::size_t> order = objective->order(texts, 7, 1);
  EXPECT_EQ(order, objective->order(texts, 7, 1));
  EXPECT_NE(order, objective->order(texts, 7, 2));
  EXPECT_NE(order, objective->order(texts, 8, 1));
  std::vector<std::size_t> sorted = order;
  std::ranges::sort(sorted);
  EXPECT_EQ(sorted, some);
  std::size_t pairs = 0;
  for (std::size_t i = 1; i < order.size(); i += 2) {
    pairs += set.labels[order[i - 1]] == set.labels[order[i]] ? 1 : 0;
  }
  EXPECT_EQ(pairs, 21U);  // of each label three, and its seventh text with that of another
}

/// Labels 0 to 4 with six texts each, label 5 with one, a text of weight 0 and one of unknown label.
EncodedSet few_of_one() {
  EncodedSet set = toy_set(33, 1);
  for (std::size_t i = 0; i < 30; ++i) set.labels[i] = static_cast<std::int32_t>(i % 5);
  set.labels[30] = 5;
  set.labels[31] = 0;
  set.labels[32] = -1;
  set.weights.assign(33, 1.0F);
  set.weights[31] = 0;
  return set;
}

TEST(Prototypical, AnEpochIsEpisodesOfAsManyTextsOfEveryLabel) {
  const EncodedSet set = few_of_one();
  const auto objective = make_prototypical({.ways = 3, .support = 1, .query = 2});
  ASSERT_EQ(objective->batch_size(set, 32), 9U);
  const std::vector<std::size_t> order = objective->order(set, 7, 1);
  EXPECT_EQ(order, objective->order(set, 7, 1));
  EXPECT_NE(order, objective->order(set, 7, 2));
  EXPECT_NE(order, objective->order(set, 8, 1));
  ASSERT_EQ(order.size(), 36U);  // as many episodes as hold 33 texts
  for (std::size_t begin = 0; begin < order.size(); begin += 9) {
    std::map<std::int32_t, std::set<std::size_t>> texts;
    for (std::size_t i = begin; i < begin + 9; ++i) texts[set.labels[order[i]]].insert(order[i]);
    EXPECT_EQ(texts.size(), 3U);
    for (const auto& [label, of_label] : texts) {
      EXPECT_EQ(of_label.size(), 3U);
      EXPECT_TRUE(label >= 0 && label < 5) << label;
      EXPECT_FALSE(of_label.contains(31));
    }
  }
  EXPECT_EQ(make_prototypical({.ways = 100, .support = 1, .query = 2})->batch_size(set, 32), 15U);
}

TEST(Prototypical, AnswersAreOfLabelsThatItNeverSaw) {
  const EncodedSet set = few_of_one();
  const auto objective = make_prototypical({.ways = 5, .support = 1, .query = 1, .temperature = 0.1});
  at::Tensor features = at::zeros({33, 5});
  for (std::int64_t i = 0; i < 30; ++i) features[i][i % 5] = 1;
  const auto accuracy = [&](const at::Tensor& of) {
    const Answers answers = objective->answers({of, {}}, set, 3);
    EXPECT_EQ(answers.logits.size(0), static_cast<std::int64_t>(answers.labels.size()));
    EXPECT_EQ(answers.logits.size(1), 5);
    EXPECT_GE(answers.labels.size(), 1000U);
    return (answers.logits.argmax(1) == at::tensor(answers.labels, at::kLong)).to(at::kDouble).mean().item<double>();
  };
  EXPECT_EQ(accuracy(features), 1);
  EXPECT_LT(accuracy(features.roll(1, 0).cumsum(0)), 0.9);
}

TEST(Prototypical, ABatchWithoutQueriesHasALossOfZero) {
  const EncodedSet set = toy_set(3, 1);
  const at::Tensor features = at::eye(3).requires_grad_(true);
  EXPECT_EQ(make_prototypical({})->loss({features, {}}, set).item<double>(), 0);
}

TEST(RDrop, EveryPassOfATextHasDropoutOfItsOwn) {
  const EncodedSet set = toy_set(2, 1);
  const model::Classifier classifier = tests::toy_classifier(tests::kMeanHead, 0.2);
  const at::Tensor logits = forward(classifier, set, nullptr, {0, 1, 0, 1}, tests::kPad, {true, 1, 0}).logits;
  for (std::int64_t i = 0; i < 2; ++i) EXPECT_FALSE(at::allclose(logits[i], logits[i + 2], 1e-4, 1e-4));
  const model::Classifier without = tests::toy_classifier(tests::kMeanHead, 0);
  const at::Tensor equal = forward(without, set, nullptr, {0, 1, 0, 1}, tests::kPad, {true, 1, 0}).logits;
  for (std::int64_t i = 0; i < 2; ++i) EXPECT_TRUE(at::allclose(equal[i], equal[i + 2], 1e-4, 1e-5));
}

struct Named {
  std::string name;
  std::unique_ptr<Objective> (*make)();
};

class Objectives : public testing::TestWithParam<Named> {
 protected:
  /// From the same start; `after_step` says whether to go on.
  [[nodiscard]] TrainState run(model::Classifier& classifier, const std::vector<std::vector<std::string>>& phases,
                               std::int64_t epochs, TrainState state = {},
                               const std::function<bool(const TrainState&)>& after_step = {}) const {
    return fit(classifier, train_, std::nullopt, tests::toy_plans(classifier, phases, epochs), *objective_, options_,
               {.pad_id = tests::kPad, .after_step = after_step}, std::move(state));
  }

  Objectives() {
    options_.batch_size = 8;
    options_.optimizer.weight_decay = 0.01;
    options_.optimizer.max_grad_norm = 1;
    options_.seed = 1;
  }

  FitOptions options_;
  EncodedSet train_ = toy_set(20, 7);
  std::unique_ptr<Objective> objective_ = GetParam().make();
};

TEST_P(Objectives, LossFallsAndTheTextsAreLearnt) {
  train_ = toy_set(60, 10);
  options_.warmup_ratio = 0.1;
  model::Classifier classifier = tests::toy_classifier(tests::kMeanHead);
  const TrainState result = run(classifier, {{"head", "layer.*", "embeddings"}}, 40);
  EXPECT_LT(result.rows.back().train_loss, 0.8 * result.rows.front().train_loss);
  const Outputs outputs = compute_outputs(classifier, train_, nullptr, tests::kPad, "", {});
  const Answers answers = objective_->answers(outputs, train_, 1);
  const at::Tensor right = answers.logits.argmax(1) == at::tensor(answers.labels, at::kLong);
  EXPECT_GE(right.to(at::kDouble).mean().item<double>(), 0.6);
}

TEST_P(Objectives, GoOnFromAnyStepAsIfTheyHadNeverPaused) {
  const std::vector<std::vector<std::string>> phases{{"head", "layer.last-1"}, {"*"}};
  train_ = toy_set(40, 7);
  train_.weights.assign(train_.size(), 1.0F);
  train_.weights[3] = 0;
  options_.batch_size = 4;
  options_.gradient_accumulation_steps = 2;
  model::Classifier whole = tests::toy_classifier(tests::kMeanHead);
  int steps = 0;
  const TrainState expected = run(whole, phases, 1, {}, [&](const TrainState&) { return ++steps > 0; });
  const std::size_t texts_a_step = 2 * objective_->batch_size(train_, 4);
  ASSERT_EQ(steps, 2 * static_cast<int>((train_.size() + texts_a_step - 1) / texts_a_step));
  for (int pause = 1; pause < steps; ++pause) {
    model::Classifier classifier = tests::toy_classifier(tests::kMeanHead);
    int done = 0;
    TrainState left = run(classifier, phases, 1, {}, [&](const TrainState&) { return ++done < pause; });
    const TrainState result = run(classifier, phases, 1, from_tensors(to_tensors(left)));
    EXPECT_TRUE(tests::identical(tests::values_of(classifier), tests::values_of(whole))) << pause;
    EXPECT_EQ(result.rows.back().train_loss, expected.rows.back().train_loss);
  }
}

TEST_P(Objectives, AHeadOnFixedFeaturesIsSolvedUnlessTheLossIsNoCrossEntropyThen) {
  model::Classifier classifier = tests::toy_classifier(tests::kMeanHead);
  const bool solved = is_solved(tests::toy_plans(classifier, {{"head"}}, 3)[0], classifier, *objective_);
  EXPECT_EQ(solved, GetParam().name != "Focal" && GetParam().name != "Prototypical");
  if (!objective_->trains_head()) return;  // there is nothing that it could step
  EXPECT_EQ(run(classifier, {{"head"}}, 3).rows.size(), solved ? 1U : 3U);
}

INSTANTIATE_TEST_SUITE_P(
    Each, Objectives,
    testing::Values(Named{"CrossEntropy", [] { return make_cross_entropy({}); }},
                    Named{"Focal", [] { return make_focal({}, 2); }},
                    Named{"SupervisedContrastive", [] { return make_supervised_contrastive({}, 0.3, 0.2); }},
                    Named{"RDrop", [] { return make_r_drop({}, 1); }},
                    Named{"Prototypical", [] { return make_prototypical({.ways = 3, .support = 2, .query = 2}); }}),
    [](const auto& named) { return named.param.name; });

TEST(EncodedSet, ASubsetKeepsWeightsAndTargetsBesideTheirTexts) {
  EncodedSet set = toy_set(3, 1);
  set.weights = {1, 2, 3};
  set.targets = at::eye(3);
  const EncodedSet some = subset(set, {2, 0});
  EXPECT_EQ(some.weights, (std::vector<float>{3, 1}));
  EXPECT_TRUE(at::equal(some.targets, set.targets.index_select(0, at::tensor({2, 0}, at::kLong))));
}

}  // namespace
