#include "transfer_tune/evaluation/suspects.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace tt::evaluation {
namespace {

/// Certain answers: `predictions` for texts with `labels`.
Scores answers(std::size_t classes, const std::vector<std::int32_t>& labels, const std::vector<int>& predictions) {
  Scores scores{.num_classes = classes, .labels = labels, .probabilities = {}};
  for (const int prediction : predictions) {
    for (std::size_t k = 0; k < classes; ++k) scores.probabilities.push_back(static_cast<int>(k) == prediction ? 1 : 0);
  }
  return scores;
}

TEST(IndistinctClasses, AreTakenForEachOtherBothWays) {
  const auto pairs =
      indistinct_classes(answers(3, {0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2}, {1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 2, 2}));
  ASSERT_EQ(1U, pairs.size());  // 2 is taken for 0, never 0 for 2
  EXPECT_EQ(0, pairs[0].label);
  EXPECT_EQ(1, pairs[0].other);
  EXPECT_EQ(0.5, pairs[0].label_as_other);
  EXPECT_EQ(0.75, pairs[0].other_as_label);
}

TEST(IndistinctClasses, NeedTwoTextsAndAShareEachWay) {
  EXPECT_TRUE(indistinct_classes(answers(2, {0, 0, 1, 1}, {1, 0, 0, 0})).empty());
  std::vector<std::int32_t> labels(50, 0);
  labels.insert(labels.end(), 2, 1);
  std::vector<int> predictions(48, 0);
  predictions.insert(predictions.end(), {1, 1, 0, 0});
  EXPECT_TRUE(indistinct_classes(answers(2, labels, predictions)).empty());  // 2 of 50
  EXPECT_TRUE(indistinct_classes(answers(3, {}, {})).empty());
}

TEST(IndistinctClasses, TheWorstPairComesFirst) {
  const auto pairs =
      indistinct_classes(answers(4, {0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 3}, {1, 1, 0, 0, 0, 0, 1, 1, 3, 3, 2, 2, 3}));
  ASSERT_EQ(2U, pairs.size());
  EXPECT_EQ(2, pairs[0].label);
  EXPECT_EQ(0, pairs[1].label);
}

TEST(OutlierLimit, IsThreeDeviationsAboveTheMedian) {
  EXPECT_DOUBLE_EQ(3 + 3 * 1.4826, outlier_limit({1, 2, 3, 4, 5}));
  EXPECT_DOUBLE_EQ(3 + 3 * 1.4826, outlier_limit({1000, 2, 3, 4, 1}));
  EXPECT_TRUE(std::isnan(outlier_limit({1, 2, 3, 4})));
}

TEST(Quantile, IsLinearBetweenNeighbours) {
  EXPECT_DOUBLE_EQ(1.75, quantile({4, 1, 2}, 0.375));
  EXPECT_DOUBLE_EQ(4, quantile({4, 1, 2}, 1));
  EXPECT_TRUE(std::isnan(quantile({}, 0.5)));
}

TEST(FewTextsLimit, FollowsTheMedianClass) {
  EXPECT_EQ(5U, few_texts_limit({}));
  EXPECT_EQ(5U, few_texts_limit({1, 1, 20}));
  EXPECT_EQ(20U, few_texts_limit({100, 100, 0, 0, 0, 3}));
}

}  // namespace
}  // namespace tt::evaluation
