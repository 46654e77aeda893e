#include "transfer_tune/evaluation/baselines.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "transfer_tune/core/error.hpp"

namespace tt::evaluation {
namespace {

using Labels = std::vector<std::int32_t>;

TEST(MajorityBaseline, AnswersTheMostFrequentTrainingLabel) {
  const Baseline floor = majority_baseline(Labels{2, 1, 2, 0}, Labels{2, 2, 1, 0}, 3);
  EXPECT_DOUBLE_EQ(0.5, floor.accuracy);
  EXPECT_DOUBLE_EQ(2.0 / 3 / 3, floor.macro_f1);
}

TEST(MajorityBaseline, BreaksTiesByLowestId) {
  EXPECT_DOUBLE_EQ(0.75, majority_baseline(Labels{2, 1, 2, 1}, Labels{1, 1, 1, 2}, 3).accuracy);
}

TEST(MajorityBaseline, RefusesTrainingLabelsThatCannotBe) {
  EXPECT_THROW((void)majority_baseline(Labels{}, Labels{0}, 2), InternalError);
  EXPECT_THROW((void)majority_baseline(Labels{-1}, Labels{0}, 2), InternalError);
}

TEST(Baseline, IsThatOfTheGivenPredictions) {
  const Baseline floor = baseline(Labels{0, 1, 1, -1}, Labels{0, 1, 0, 0}, 2);
  EXPECT_DOUBLE_EQ(0.5, floor.accuracy);
  // Class 0: 2·1/(1+3); class 1: 2·1/(2+1); the unknown label is a class that is never right.
  EXPECT_DOUBLE_EQ((0.5 + 2.0 / 3 + 0) / 3, floor.macro_f1);
}

}  // namespace
}  // namespace tt::evaluation
