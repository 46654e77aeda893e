#include "transfer_tune/evaluation/multi_label.hpp"

#include "transfer_tune/core/error.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace {

using namespace tt;
using namespace tt::evaluation;

/// Four texts, three labels, of which no text has the last.
MultiLabelScores some_scores() {
  return {.num_labels = 3,
          .truths = {1, 0, 0, 1, 1, 0, 0, 1, 0, 0, 0, 0},
          .probabilities = {0.9, 0.2, 0.1, 0.6, 0.7, 0.2, 0.4, 0.3, 0.1, 0.5, 0.1, 0.3}};
}

TEST(MultiLabel, FiguresAreThoseOfScikitLearn) {
  const MultiLabelMetrics metrics = compute_metrics(some_scores(), std::vector{0.5, 0.25, 0.5});
  // f1_score, average_precision_score, accuracy_score and hamming_loss of the first two columns, by hand.
  EXPECT_EQ(metrics.exact, 3U);
  EXPECT_DOUBLE_EQ(metrics.accuracy, 0.75);
  EXPECT_DOUBLE_EQ(metrics.micro.precision, 4.0 / 5);
  EXPECT_DOUBLE_EQ(metrics.micro.recall, 1);
  EXPECT_DOUBLE_EQ(metrics.micro.f1, 8.0 / 9);
  EXPECT_DOUBLE_EQ(metrics.macro.f1, (4.0 / 5 + 1) / 2);
  EXPECT_DOUBLE_EQ(metrics.hamming_loss, 1.0 / 12);
  EXPECT_DOUBLE_EQ(metrics.average_precision[0], 1);
  EXPECT_TRUE(std::isnan(metrics.average_precision[2]));
  EXPECT_DOUBLE_EQ(metrics.mean_average_precision, 1);
  EXPECT_GT(metrics.ece, 0);
}

TEST(MultiLabel, UnknownLabelsAreMissed) {
  MultiLabelScores scores = some_scores();
  scores.unknown = {2, 0, 0, 0};
  const MultiLabelMetrics metrics = compute_metrics(scores, std::vector{0.5, 0.25, 0.5});
  EXPECT_EQ(metrics.exact, 2U);
  EXPECT_EQ(metrics.unknown_labels, 1U);
  EXPECT_DOUBLE_EQ(metrics.micro.recall, 4.0 / 6);
}

TEST(MultiLabel, TheSharedThresholdHasTheBestMicroF1) {
  const MultiLabelScores scores = some_scores();
  const SharedThreshold best = best_shared_threshold(scores);
  const MultiLabelMetrics metrics = compute_metrics(scores, std::vector(3, best.threshold));
  EXPECT_DOUBLE_EQ(metrics.micro.f1, best.micro_f1);
  for (int step = 1; step < 20; ++step) {
    const double threshold = 0.05 * step;
    EXPECT_GE(best.micro_f1, compute_metrics(scores, std::vector(3, threshold)).micro.f1) << threshold;
  }
  MultiLabelScores none = scores;
  none.truths.assign(none.truths.size(), 0);
  EXPECT_EQ(best_shared_threshold(none).threshold, 0.5);
}

TEST(MultiLabel, ALabelWithManyTextsHasAThresholdOfItsOwn) {
  // Both labels are told apart by 0.2, one by a thousand texts, the other by one.
  MultiLabelScores scores{.num_labels = 2, .truths = {}, .probabilities = {}};
  for (int i = 0; i < 1000; ++i) {
    scores.truths.insert(scores.truths.end(), {1, static_cast<std::uint8_t>(i == 0)});
    scores.probabilities.insert(scores.probabilities.end(), {0.3, i == 0 ? 0.3 : 0.1});
    scores.truths.insert(scores.truths.end(), {0, 0});
    scores.probabilities.insert(scores.probabilities.end(), {0.1, 0.1});
  }
  const std::vector<double> thresholds = choose_thresholds(scores, 0.5);
  EXPECT_NEAR(thresholds[0], 0.2, 0.01);
  EXPECT_GT(thresholds[1], 0.4);
  EXPECT_LT(thresholds[1], 0.5);
}

TEST(MultiLabel, IntervalsHoldTheFigures) {
  MultiLabelScores scores{.num_labels = 2, .truths = {}, .probabilities = {}};
  for (int i = 0; i < 200; ++i) {
    scores.truths.insert(scores.truths.end(),
                         {static_cast<std::uint8_t>(i % 2), static_cast<std::uint8_t>(i % 5 == 0)});
    scores.probabilities.insert(scores.probabilities.end(),
                                {i % 7 == 0 ? 0.4 : 0.3 + 0.4 * (i % 2), 0.1 + 0.6 * (i % 10 == 0)});
  }
  const std::vector<double> thresholds{0.5, 0.5};
  const MultiLabelMetrics metrics = compute_metrics(scores, thresholds);
  const F1Intervals intervals = bootstrap_f1(scores, thresholds, 300, 7);
  EXPECT_LT(intervals.micro.low, metrics.micro.f1);
  EXPECT_GT(intervals.micro.high, metrics.micro.f1);
  EXPECT_LT(intervals.macro.low, metrics.macro.f1);
  EXPECT_GT(intervals.macro.high, metrics.macro.f1);
  EXPECT_EQ(bootstrap_f1(scores, thresholds, 300, 7).micro.low, intervals.micro.low);
}

TEST(MultiLabel, SizesThatDoNotFitAreRefused) {
  EXPECT_THROW((void)compute_metrics(some_scores(), std::vector{0.5}), InternalError);
  MultiLabelScores scores = some_scores();
  scores.probabilities[4] = std::nan("");
  EXPECT_THROW((void)compute_metrics(scores, std::vector(3, 0.5)), NonFiniteError);
  EXPECT_THROW((void)best_shared_threshold({.num_labels = 2, .truths = {1}, .probabilities = {0.5}}), InternalError);
}

}  // namespace
