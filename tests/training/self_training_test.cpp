#include "transfer_tune/training/self_training.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <vector>

namespace {

using namespace tt::training;

/// Two clouds above each other. The labelled texts are apart along the axis that tells little.
struct Clouds {
  ProbeProblem labelled;
  at::Tensor pool;
  at::Tensor truth;  ///< of the pool

  explicit Clouds(std::int64_t first, std::int64_t second) {
    at::manual_seed(3);
    const at::Tensor centres = at::tensor({0.4F, 1.0F, -0.4F, -1.0F}).view({2, 2});
    truth = at::cat({at::zeros({first}, at::kLong), at::ones({second}, at::kLong)});
    pool = centres.index_select(0, truth) + at::randn({first + second, 2}) * at::tensor({0.6F, 0.2F});
    labelled.features = at::tensor({2.0F, 0.2F, -2.0F, -0.2F}).view({2, 2});
    labelled.labels = {0, 1};
    labelled.num_labels = 2;
  }

  [[nodiscard]] double accuracy(const LinearHead& head) const {
    return (at::addmm(head.bias, pool, head.weight.t()).argmax(1) == truth).to(at::kDouble).mean().item<double>();
  }
};

TEST(SelfTraining, ThePoolTurnsTheBorderThatTwoTextsDrew) {
  const Clouds clouds(300, 300);
  const LinearHead start = solve_probe(clouds.labelled, 10);
  const LinearHead head = self_train(clouds.labelled, clouds.pool, {.temperature = 0.7, .rounds = 20});
  EXPECT_GT(clouds.accuracy(head), clouds.accuracy(start) + 0.05);
}

TEST(SelfTraining, BalanceIsTheShareThatEachLabelIsGiven) {
  const Clouds clouds(540, 60);
  const LinearHead head = solve_probe(clouds.labelled, 10);
  const auto share = [&](double balance) {
    const at::Tensor targets = pseudo_labels(head, clouds.pool, {.balance = balance});
    EXPECT_LE((targets.sum(1) - 1).abs().max().item<double>(), 1e-5);
    return targets.mean(0)[0].item<double>();
  };
  const double natural = share(0);
  EXPECT_GT(natural, 0.65);
  EXPECT_NEAR(share(1), 0.5, 0.01);
  EXPECT_NEAR(share(0.5), 0.5 * natural + 0.25, 0.01);
}

TEST(SelfTraining, BalanceDrawsToTheLabelledTextsShares) {
  const Clouds clouds(300, 300);
  ProbeProblem labelled = clouds.labelled;
  labelled.features = at::cat({labelled.features, labelled.features.narrow(0, 0, 1).repeat({2, 1})});
  labelled.labels = {0, 1, 0, 0};
  const SelfTrainingOptions options{.balance = 1, .shares = label_shares(labelled)};
  EXPECT_TRUE(at::allclose(options.shares, at::tensor({0.75F, 0.25F})));
  const at::Tensor targets = pseudo_labels(solve_probe(labelled, 10), clouds.pool, options);
  EXPECT_NEAR(targets.mean(0)[0].item<double>(), 0.75, 0.01);
}

TEST(SelfTraining, WithoutRoundsOrWeightThePoolChangesNothing) {
  const Clouds clouds(50, 50);
  const LinearHead start = solve_probe(clouds.labelled, 10);
  const LinearHead same = self_train(clouds.labelled, clouds.pool, {.rounds = 0});
  EXPECT_TRUE(at::equal(same.weight, start.weight));
  const LinearHead weightless = self_train(clouds.labelled, clouds.pool, {.weight = 0});
  EXPECT_LE((weightless.weight - start.weight).abs().max().item<double>(), 1e-2);
}

TEST(SelfTraining, TextsCountAsTheSquareOfTheirSurestAnswer) {
  const Clouds clouds(60, 40);
  const SelfTrainingOptions options{.temperature = 1, .weight = 0.5, .rounds = 1};
  const LinearHead start = solve_probe(clouds.labelled, options.C);
  ProbeProblem both = clouds.labelled;
  both.features = at::cat({both.features, clouds.pool});
  const at::Tensor pseudo = pseudo_labels(start, clouds.pool, options);
  both.targets = at::cat({at::eye(2), pseudo});
  const at::Tensor squares = pseudo.amax(1).square();
  EXPECT_LT(squares.min().item<double>(), 0.5 * squares.max().item<double>());
  both.row_weights = at::cat({at::ones({2}), squares / squares.sum() * 50});
  const LinearHead expected = solve_probe(both, options.C, &start);
  EXPECT_TRUE(at::allclose(self_train(clouds.labelled, clouds.pool, options).weight, expected.weight, 1e-3, 1e-3));
}

TEST(SelfTraining, SameInputsGiveTheSameBits) {
  const Clouds clouds(100, 40);
  const SelfTrainingOptions options{.balance = 0.5};
  EXPECT_TRUE(at::equal(self_train(clouds.labelled, clouds.pool, options).weight,
                        self_train(clouds.labelled, clouds.pool, options).weight));
}

TEST(SelfTraining, TheHeldOutTextsSayHowThePoolIsTaken) {
  Clouds clouds(300, 60);
  // A third and a fourth text, each held out once with its fellow.
  clouds.labelled.features = at::cat({clouds.labelled.features, clouds.labelled.features + 0.1});
  clouds.labelled.labels = {0, 1, 0, 1};
  const std::vector<std::vector<std::size_t>> folds{{0, 1}, {2, 3}};
  std::vector<LinearHead> heads;
  for (const auto& fold : folds) heads.push_back(solve_probe(without(clouds.labelled, fold), 10));
  const auto scores = cross_validate_balance(clouds.labelled, clouds.pool, {}, heads, folds, {0, 1});
  ASSERT_EQ(scores.size(), 3U);
  EXPECT_FALSE(scores[0].balance.has_value());
  EXPECT_EQ(scores[2].balance, 1.0);
  const HeadScore without_pool = score_heads(heads, clouds.labelled, folds);
  EXPECT_EQ(scores[0].score.log_loss, without_pool.log_loss);
  const LinearHead expected =
      self_train(without(clouds.labelled, folds[1]), clouds.pool, {.balance = 1}, ProbeAccuracy::scored);
  EXPECT_TRUE(at::equal(scores[2].heads[1].weight, expected.weight));
}

}  // namespace
