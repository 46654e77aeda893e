#include "transfer_tune/evaluation/breakdown.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "transfer_tune/core/error.hpp"

namespace tt::evaluation {
namespace {

/// Text i: label, prediction and the prediction's probability.
struct Answer {
  std::int32_t label;
  std::int32_t prediction;
  double confidence;
};

Scores scores_of(const std::vector<Answer>& answers, std::size_t num_classes) {
  Scores scores{.num_classes = num_classes, .labels = {}, .probabilities = {}};
  for (const Answer& answer : answers) {
    scores.labels.push_back(answer.label);
    std::vector<double> row(num_classes, (1 - answer.confidence) / static_cast<double>(num_classes - 1));
    row[static_cast<std::size_t>(answer.prediction)] = answer.confidence;
    scores.probabilities.insert(scores.probabilities.end(), row.begin(), row.end());
  }
  return scores;
}

TEST(MostConfused, OrdersPairsByCountAndExamplesByConfidence) {
  const Scores scores = scores_of(
      {{0, 1, 0.5}, {0, 1, 0.9}, {0, 0, 0.9}, {0, 1, 0.5}, {2, 1, 0.8}, {1, 2, 0.8}, {1, 1, 0.8}, {-1, 0, 0.8}}, 3);
  const std::vector<ConfusedPair> pairs = most_confused(scores, 10, 2);
  ASSERT_EQ(3U, pairs.size());
  EXPECT_EQ(0, pairs[0].label);
  EXPECT_EQ(1, pairs[0].prediction);
  EXPECT_EQ(3U, pairs[0].count);
  EXPECT_DOUBLE_EQ(0.75, pairs[0].share);
  EXPECT_EQ((std::vector<std::size_t>{1, 0}), pairs[0].examples);
  EXPECT_EQ(1, pairs[1].label) << "equal counts: the lower label first";
  EXPECT_DOUBLE_EQ(0.5, pairs[1].share);
  EXPECT_EQ(2, pairs[2].label);
  EXPECT_EQ(1U, most_confused(scores, 1, 2).size());
}

TEST(MostConfused, IsEmptyWhenAllIsRight) {
  EXPECT_TRUE(most_confused(scores_of({{0, 0, 0.9}, {1, 1, 0.9}}, 2), 5, 5).empty());
}

TEST(Slices, SplitTheFiguresByValue) {
  const Scores scores = scores_of({{0, 0, 0.9}, {1, 0, 0.9}, {1, 1, 0.9}, {0, 0, 0.9}}, 2);
  const std::vector<Slice> parts = slices(scores, {"fr", "de", "de", "fr"});
  ASSERT_EQ(2U, parts.size());
  EXPECT_EQ("de", parts[0].value);
  EXPECT_EQ(2U, parts[0].count);
  EXPECT_DOUBLE_EQ(0.5, parts[0].accuracy);
  // Class 1: precision 1, recall 1/2; class 0 is predicted once without support.
  EXPECT_DOUBLE_EQ((2.0 / 3 + 0) / 2, parts[0].macro_f1);
  EXPECT_EQ("fr", parts[1].value);
  EXPECT_DOUBLE_EQ(1, parts[1].macro_f1);
  EXPECT_THROW((void)slices(scores, {"fr"}), InternalError);
}

}  // namespace
}  // namespace tt::evaluation
