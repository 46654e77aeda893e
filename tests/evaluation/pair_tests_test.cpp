#include "transfer_tune/evaluation/pair_tests.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "transfer_tune/core/error.hpp"

namespace tt::evaluation {
namespace {

using Answers = std::vector<std::uint8_t>;

/// Right on all of `count` texts but `wrong` ones from `first` on.
Answers answers(std::size_t first, std::size_t wrong, std::size_t count = 100) {
  Answers run(count, 1);
  for (std::size_t i = first; i < first + wrong; ++i) run.at(i) = 0;
  return run;
}

TEST(PairTests, CountTheTextsThatOneAloneAnswers) {
  const Outcomes a{{7}, {answers(0, 2)}};
  const Outcomes b{{7}, {answers(1, 9)}};
  const auto tests = test_pairs({{&a, &b}});
  ASSERT_EQ(1U, tests.at(0).runs.size());
  EXPECT_EQ(8U, tests[0].runs[0].texts.only_a);
  EXPECT_EQ(1U, tests[0].runs[0].texts.only_b);
  EXPECT_DOUBLE_EQ(mcnemar_p({8, 1}), tests[0].p);
  EXPECT_DOUBLE_EQ(tests[0].p, tests[0].p_holm) << "a family of one";
  EXPECT_FALSE(tests[0].too_few);
}

TEST(PairTests, TakeRunsOfTheSameSeedAndNeverPoolThem) {
  const Outcomes a{{1, 2, 3}, {answers(0, 0), answers(0, 0), answers(0, 0)}};
  const Outcomes b{{3, 1}, {answers(0, 10), answers(0, 7)}};
  const auto tests = test_pairs({{&a, &b}});
  ASSERT_EQ(2U, tests.at(0).runs.size());
  EXPECT_EQ(1U, tests[0].runs[0].seed_b);
  EXPECT_EQ(7U, tests[0].runs[0].texts.only_a);
  EXPECT_EQ(3U, tests[0].runs[1].seed_a);
  EXPECT_DOUBLE_EQ(mcnemar_p({7, 0}), tests[0].p) << "the larger of the two";
}

TEST(PairTests, TakeEveryRunAgainstEveryOtherWithoutACommonSeed) {
  const Outcomes a{{1, 2}, {answers(0, 0), answers(0, 1)}};
  const Outcomes b{{3}, {answers(0, 20)}};
  EXPECT_EQ(2U, test_pairs({{&a, &b}}).at(0).runs.size());
}

TEST(PairTests, CorrectOverAllPairs) {
  const Outcomes best{{1}, {answers(0, 0)}};
  const Outcomes middle{{1}, {answers(0, 10)}};
  const Outcomes worst{{1}, {answers(0, 30)}};
  const auto tests = test_pairs({{&best, &middle}, {&best, &worst}, {&middle, &worst}});
  EXPECT_DOUBLE_EQ(mcnemar_p({10, 0}), tests.at(0).p_holm);
  EXPECT_DOUBLE_EQ(3 * mcnemar_p({30, 0}), tests.at(1).p_holm);
  EXPECT_DOUBLE_EQ(2 * mcnemar_p({20, 0}), tests.at(2).p_holm);
}

TEST(PairTests, SayWhenNoOutcomeCouldTellThemApart) {
  const Outcomes all{{1}, {answers(0, 0)}};
  const Outcomes but_5{{1}, {answers(0, 5)}};
  const Outcomes but_6{{1}, {answers(0, 6)}};
  EXPECT_TRUE(test_pairs({{&all, &but_5}}).at(0).too_few) << "0.0625 at best";
  EXPECT_FALSE(test_pairs({{&all, &but_6}}).at(0).too_few) << "0.03125 at best";
  const Outcomes same = all;
  EXPECT_TRUE(test_pairs({{&all, &same}}).at(0).too_few);
  EXPECT_EQ(1, test_pairs({{&all, &same}}).at(0).p);
  // Beside two more pairs that differ no less, the correction puts the same six out of reach.
  const auto family = test_pairs({{&all, &but_6}, {&but_6, &all}, {&all, &but_6}});
  EXPECT_TRUE(family.at(0).too_few);
  EXPECT_TRUE(family.at(2).too_few);
}

TEST(PairTests, RefuseAnswersToDifferentTexts) {
  const Outcomes a{{1}, {Answers{1, 0}}};
  const Outcomes b{{1}, {Answers{1}}};
  EXPECT_THROW((void)test_pairs({{&a, &b}}), InternalError);
}

}  // namespace
}  // namespace tt::evaluation
