#include "transfer_tune/evaluation/metrics.hpp"
#include "support/messages.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "evaluation/scores_golden.hpp"
#include "transfer_tune/core/error.hpp"

namespace tt::evaluation {
namespace {

using Json = nlohmann::json;

/// The matrix of [label, prediction, count] entries.
std::vector<std::size_t> dense(const Json& entries, std::size_t num_classes) {
  std::vector<std::size_t> matrix(num_classes * num_classes);
  for (const auto& [label, prediction, count] : entries.get<std::vector<std::array<std::size_t, 3>>>()) {
    matrix[label * num_classes + prediction] = count;
  }
  return matrix;
}

void expect_equal(const Json& expected, double actual, const std::string& what) {
  if (expected.is_null()) {
    EXPECT_TRUE(std::isnan(actual)) << what << " is " << actual;
  } else {
    EXPECT_NEAR(expected.get<double>(), actual, 1e-12) << what;
  }
}

void expect_equal(const Json& expected, const Averages& actual, const std::string& what) {
  expect_equal(expected.at("precision"), actual.precision, what + " precision");
  expect_equal(expected.at("recall"), actual.recall, what + " recall");
  expect_equal(expected.at("f1"), actual.f1, what + " f1");
}

TEST(Metrics, AgreeWithScikitLearn) {
  const Json cases = tests::evaluation_golden("metrics");
  ASSERT_GE(cases.size(), 12U);
  for (const Json& golden : cases) {
    SCOPED_TRACE(golden.at("name").get<std::string>());
    const Json& expected = golden.at("expected");
    const Metrics metrics = compute_metrics(tests::scores_of(golden));
    EXPECT_EQ(golden.at("labels").size(), metrics.count);
    expect_equal(expected.at("accuracy"), metrics.accuracy, "accuracy");
    expect_equal(expected.at("micro"), metrics.micro, "micro");
    expect_equal(expected.at("macro"), metrics.macro, "macro");
    expect_equal(expected.at("weighted"), metrics.weighted, "weighted");
    expect_equal(expected.at("top3_accuracy"), metrics.top3_accuracy, "top3_accuracy");
    expect_equal(expected.at("log_loss"), metrics.log_loss, "log_loss");
    expect_equal(expected.at("ece"), metrics.ece, "ece");
    EXPECT_EQ(dense(expected.at("confusion"), golden.at("num_classes").get<std::size_t>()), metrics.confusion);
    ASSERT_EQ(expected.at("per_class").size(), metrics.per_class.size());
    for (std::size_t i = 0; i < metrics.per_class.size(); ++i) {
      const Json& row = expected.at("per_class")[i];
      const std::string what = "class " + std::to_string(i);
      expect_equal(row[0], metrics.per_class[i].precision, what + " precision");
      expect_equal(row[1], metrics.per_class[i].recall, what + " recall");
      expect_equal(row[2], metrics.per_class[i].f1, what + " f1");
      EXPECT_EQ(row[3].get<double>(), static_cast<double>(metrics.per_class[i].support)) << what;
    }
  }
}

TEST(Metrics, WithoutTextsEveryFigureIsUndefined) {
  const Metrics metrics = compute_metrics({.num_classes = 3, .labels = {}, .probabilities = {}});
  EXPECT_EQ(0U, metrics.count);
  for (const double figure : {metrics.accuracy, metrics.micro.f1, metrics.macro.f1, metrics.weighted.f1,
                              metrics.top3_accuracy, metrics.log_loss, metrics.ece, metrics.per_class.at(0).f1}) {
    EXPECT_TRUE(std::isnan(figure));
  }
}

TEST(Metrics, CountTextsWithUnknownLabels) {
  const Metrics metrics =
      compute_metrics({.num_classes = 2, .labels = {-1, 0, 2}, .probabilities = {1, 0, 1, 0, 0, 1}});
  EXPECT_EQ(2U, metrics.unknown_labels);
  EXPECT_DOUBLE_EQ(1.0 / 3, metrics.accuracy);
  EXPECT_EQ((std::vector<std::size_t>{1, 0, 0, 0}), metrics.confusion);
}

TEST(Metrics, RefuseWhatDoesNotFit) {
  EXPECT_THROW((void)compute_metrics({.num_classes = 2, .labels = {0}, .probabilities = {1}}), InternalError);
  EXPECT_THROW((void)compute_metrics({.num_classes = 0, .labels = {0}, .probabilities = {}}), InternalError);
  const std::vector<std::int32_t> labels{0, 1};
  EXPECT_THROW((void)label_metrics(labels, std::vector<std::int32_t>{0}, 2), InternalError);
  EXPECT_THROW((void)label_metrics(labels, std::vector<std::int32_t>{0, 2}, 2), InternalError);
  EXPECT_EQ("scores: the probability of class 1 for text 1 is not a finite number",
            tests::message_of<NonFiniteError>([&] {
              (void)compute_metrics({.num_classes = 2, .labels = {0, 1}, .probabilities = {1, 0, 0, std::nan("")}});
            }));
}

TEST(Predictions, BreakTiesByLowestId) {
  const Scores scores{.num_classes = 3, .labels = {0, 0}, .probabilities = {0.2, 0.4, 0.4, 1.0 / 3, 1.0 / 3, 1.0 / 3}};
  EXPECT_EQ((std::vector<std::int32_t>{1, 0}), predictions(scores));
  EXPECT_EQ((std::vector<std::int32_t>{1, 2}), top_k(scores.row(0), 2));
  EXPECT_EQ((std::vector<std::int32_t>{1, 2, 0}), top_k(scores.row(0), 5));
}

TEST(Softmax, SumsToOneAndStandsLargeLogits) {
  const std::vector<float> logits{0, 0, 1000, 999, -1000, -1000};
  const std::vector<double> probabilities = softmax(logits, 2);
  const double expected = 1 / (1 + std::exp(-1.0));
  EXPECT_DOUBLE_EQ(0.5, probabilities[0]);
  EXPECT_DOUBLE_EQ(expected, probabilities[2]);
  EXPECT_DOUBLE_EQ(1 - expected, probabilities[3]);
  EXPECT_DOUBLE_EQ(0.5, probabilities[5]);
  EXPECT_THROW((void)softmax(logits, 4), InternalError);
}

}  // namespace
}  // namespace tt::evaluation
