#include "transfer_tune/evaluation/difference.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/random.hpp"

namespace tt::evaluation {
namespace {

using Answers = std::vector<std::uint8_t>;

/// `right` right answers, the others wrong, in an order that depends on `key`.
Answers answers(std::size_t right, std::size_t count, std::uint64_t key) {
  Answers run(count, 0);
  std::fill_n(run.begin(), right, std::uint8_t{1});
  RandomStream stream(key);
  shuffle(std::span(run), stream);
  return run;
}

double width(const Interval& interval) { return interval.high - interval.low; }

TEST(DifferenceBootstrap, OfOneRunEachIsThatOfThePairedDifferences) {
  // 400 texts: a alone right on 60, b alone on 20; the standard error of the mean of +1, -1 and 0 by hand.
  Answers a(400, 1);
  Answers b(400, 1);
  std::fill_n(b.begin(), 60, std::uint8_t{0});
  std::fill_n(a.begin() + 60, 20, std::uint8_t{0});
  const Interval interval = bootstrap_difference_ci95({{1}, {a}}, {{2}, {b}}, 4000, 7);
  const double error = std::sqrt((80.0 / 400 - 0.1 * 0.1) / 400);
  EXPECT_NEAR(0.1 - 1.96 * error, interval.low, 0.004);
  EXPECT_NEAR(0.1 + 1.96 * error, interval.high, 0.004);
}

TEST(DifferenceBootstrap, DependsOnTheSeedAlone) {
  const Outcomes a{{1, 2}, {answers(70, 100, 1), answers(75, 100, 2)}};
  const Outcomes b{{1, 2}, {answers(60, 100, 3), answers(64, 100, 4)}};
  const Interval first = bootstrap_difference_ci95(a, b, 300, 5);
  const Interval again = bootstrap_difference_ci95(a, b, 300, 5);
  const Interval other = bootstrap_difference_ci95(a, b, 300, 6);
  EXPECT_EQ(first.low, again.low);
  EXPECT_EQ(first.high, again.high);
  EXPECT_TRUE(first.low != other.low || first.high != other.high);
}

TEST(DifferenceBootstrap, TurnsRoundWithItsArms) {
  const Outcomes a{{1, 2}, {answers(70, 100, 1), answers(75, 100, 2)}};
  const Outcomes b{{1, 2}, {answers(60, 100, 3), answers(64, 100, 4)}};
  const Interval forth = bootstrap_difference_ci95(a, b, 500, 5);
  const Interval back = bootstrap_difference_ci95(b, a, 500, 5);
  EXPECT_DOUBLE_EQ(forth.low, -back.high);
  EXPECT_DOUBLE_EQ(forth.high, -back.low);
}

TEST(DifferenceBootstrap, ResamplesSeedsToo) {
  // Runs that are right everywhere or nowhere: all that varies is the seed.
  const Answers right(50, 1);
  const Answers wrong(50, 0);
  const Outcomes constant{{1, 2}, {wrong, wrong}};
  const Interval wide = bootstrap_difference_ci95({{1, 2}, {right, wrong}}, constant, 1000, 7);
  EXPECT_EQ(0, wide.low);
  EXPECT_EQ(1, wide.high);
  const Interval narrow = bootstrap_difference_ci95({{1, 2}, {right, right}}, constant, 1000, 7);
  EXPECT_EQ(1, narrow.low);
  EXPECT_EQ(1, narrow.high);
}

TEST(DifferenceBootstrap, PairsRunsOfTheSameSeed) {
  // In both arms seed 1 is the lucky one: drawn together, luck cancels, whatever the order of the runs.
  const Answers right(50, 1);
  const Answers wrong(50, 0);
  const Outcomes a{{1, 2}, {right, wrong}};
  EXPECT_EQ(0, width(bootstrap_difference_ci95(a, {{1, 2}, {right, wrong}}, 500, 7)));
  EXPECT_EQ(0, width(bootstrap_difference_ci95(a, {{2, 1}, {wrong, right}}, 500, 7)));
  EXPECT_EQ(2, width(bootstrap_difference_ci95(a, {{3, 4}, {right, wrong}}, 500, 7))) << "other seeds: independent";
  EXPECT_LT(0, width(bootstrap_difference_ci95(a, {{1, 2, 3}, {right, wrong, right}}, 500, 7)));
}

TEST(DifferenceBootstrap, WithoutTextsOrSamplesIsUndefined) {
  EXPECT_TRUE(std::isnan(bootstrap_difference_ci95({{1}, {{}}}, {{1}, {{}}}, 100, 7).low));
  EXPECT_TRUE(std::isnan(bootstrap_difference_ci95({{1}, {{1}}}, {{1}, {{0}}}, 0, 7).high));
}

TEST(DifferenceBootstrap, RefusesSizesThatDoNotFit) {
  EXPECT_THROW((void)bootstrap_difference_ci95({{1}, {{1, 0}}}, {{1}, {{1}}}, 100, 7), InternalError);
  EXPECT_THROW((void)bootstrap_difference_ci95({{1, 2}, {{1, 0}}}, {{1}, {{1, 0}}}, 100, 7), InternalError);
  EXPECT_THROW((void)bootstrap_difference_ci95({{1, 2}, {{1, 0}, {1}}}, {{1}, {{1, 0}}}, 100, 7), InternalError);
  EXPECT_THROW((void)bootstrap_difference_ci95({}, {}, 100, 7), InternalError);
}

TEST(Wilson, GivesScipysInterval) {
  // scipy.stats.binomtest(k, n).proportion_ci(method="wilson")
  const Interval interval = wilson_ci95({37.0 / 40, 40});
  EXPECT_NEAR(interval.low, 0.8013577, 1e-6);
  EXPECT_NEAR(interval.high, 0.9741640, 1e-6);
  EXPECT_NEAR(wilson_ci95({1, 2}).low, 0.3423802, 1e-6);
  EXPECT_DOUBLE_EQ(wilson_ci95({1, 2}).high, 1);
  EXPECT_TRUE(std::isnan(wilson_ci95({1, 0}).low));
}

TEST(Newcombe, GivesThePublishedInterval) {
  // Newcombe 1998, table II, method 10: 56/70 against 48/80.
  const Interval interval = newcombe_difference_ci95({56.0 / 70, 70}, {48.0 / 80, 80});
  EXPECT_NEAR(0.0524, interval.low, 5e-5);
  EXPECT_NEAR(0.3339, interval.high, 5e-5);
}

TEST(Newcombe, DoesNotVanishAtTheEdges) {
  const Interval interval = newcombe_difference_ci95({1, 10}, {0, 20});
  EXPECT_NEAR(0.6790860371419147, interval.low, 1e-12);
  EXPECT_DOUBLE_EQ(1, interval.high);
  EXPECT_TRUE(std::isnan(newcombe_difference_ci95({1, 0}, {0, 20}).low));
}

TEST(MeanInterval, OfOneIsItsOwnAndOfEqualOnesNarrower) {
  const MeasuredAccuracy one{0.9, 100};
  const Interval own = wilson_ci95(one);
  const Interval alone = mean_ci95(std::vector{one});
  EXPECT_DOUBLE_EQ(own.low, alone.low);
  EXPECT_DOUBLE_EQ(own.high, alone.high);
  const Interval four = mean_ci95(std::vector(4, one));
  EXPECT_DOUBLE_EQ(0.9 - (0.9 - own.low) / 2, four.low);
  EXPECT_DOUBLE_EQ(0.9 + (own.high - 0.9) / 2, four.high);
}

TEST(MeanInterval, IsAsWideAsItsWidestPartMakesIt) {
  const Interval interval = mean_ci95(std::vector<MeasuredAccuracy>{{1, 2}, {0.5, 1000000}});
  EXPECT_NEAR(interval.low, (1.5 - (1 - 0.3423802)) / 2, 1e-5);
  EXPECT_NEAR(interval.high, 0.75, 1e-3) << "not above what one of two sure answers adds";
  EXPECT_TRUE(std::isnan(mean_ci95({}).low));
  EXPECT_TRUE(std::isnan(mean_ci95(std::vector<MeasuredAccuracy>{{1, 0}, {1, 5}}).low));
}

TEST(DifferenceBootstrap, OfGroupsIsThatOfTheirMeans) {
  // Of ten texts of one language a alone is right on all; of 90 of another, neither ever is: the mean of 1 and 0.
  Answers a(100, 0);
  std::fill_n(a.begin(), 10, std::uint8_t{1});
  const Outcomes of_a{{1}, {a}};
  const Outcomes of_b{{1}, {Answers(100, 0)}};
  std::vector<std::vector<std::size_t>> groups(3);
  for (std::size_t text = 0; text < 100; ++text) groups[text < 10 ? 0 : 2].push_back(text);
  const Interval interval = bootstrap_difference_ci95(of_a, of_b, groups, 200, 7);
  EXPECT_DOUBLE_EQ(0.5, interval.low) << "texts are drawn within each";
  EXPECT_DOUBLE_EQ(0.5, interval.high);
  EXPECT_TRUE(std::isnan(bootstrap_difference_ci95(of_a, of_b, {{}, {}}, 200, 7).low));
}

}  // namespace
}  // namespace tt::evaluation
