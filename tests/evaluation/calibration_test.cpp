#include "transfer_tune/evaluation/calibration.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "evaluation/decision_goldens.hpp"
#include "transfer_tune/core/error.hpp"

namespace tt::evaluation {
namespace {

using tests::Json;

TEST(Calibration, AgreesWithScipyAndScikitLearn) {
  for (const Json& golden : tests::decision_goldens("calibration")) {
    const std::string name = golden.at("name");
    const auto classes = golden.at("classes").get<std::size_t>();
    const auto labels = golden.at("labels").get<std::vector<std::int32_t>>();
    const auto logits = tests::values_of<float>(golden, "logits");
    const auto temperature = fit_temperature(logits, labels, classes);
    ASSERT_TRUE(temperature) << name;
    EXPECT_NEAR(golden.at("temperature").get<double>(), *temperature, 1e-6 * *temperature) << name;
    const Scores scores{classes, labels, softmax(logits, classes)};
    EXPECT_NEAR(golden.at("brier").get<double>(), brier_score(scores), 1e-12) << name;
  }
}

TEST(Calibration, TheTemperatureLeavesOutUnknownLabels) {
  const std::vector<float> logits{2, 0, 0, 2, 2, 0, 9, 0};
  const std::vector<std::int32_t> labels{0, 0, 0, -1};
  const auto with = fit_temperature(logits, labels, 2);
  const auto without = fit_temperature(std::span(logits).first(6), std::span(labels).first(3), 2);
  ASSERT_TRUE(with);
  // Two of three right with logits two apart: the best probability is 2/3 = 1 / (1 + exp(-2 / T)).
  EXPECT_NEAR(2 / std::log(2.0), *with, 1e-9);
  EXPECT_EQ(*with, without);
}

TEST(Calibration, ThereIsNoTemperatureWithoutAMinimum) {
  const std::vector<float> logits{2, 0, 0, 2};
  EXPECT_FALSE(fit_temperature(logits, std::vector<std::int32_t>{0, 1}, 2)) << "all right: the colder the better";
  EXPECT_FALSE(fit_temperature(logits, std::vector<std::int32_t>{1, 0}, 2)) << "all wrong: the hotter the better";
  EXPECT_FALSE(fit_temperature(logits, std::vector<std::int32_t>{-1, 7}, 2)) << "no known label";
  EXPECT_FALSE(fit_temperature({}, {}, 2)) << "no texts";
  EXPECT_FALSE(fit_temperature(std::vector<float>{1, 1, 1, 1}, std::vector<std::int32_t>{0, 1}, 2)) << "all the same";
}

TEST(Calibration, RefusesWhatDoesNotFit) {
  EXPECT_THROW((void)fit_temperature(std::vector<float>{1, 2, 3}, std::vector<std::int32_t>{0}, 2), InternalError);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THROW((void)fit_temperature(std::vector<float>{1, nan}, std::vector<std::int32_t>{0}, 2), NonFiniteError);
}

TEST(Calibration, BinsHoldWhatTheirBoundsSay) {
  // 0.6 = 9/15 lies in (8/15, 9/15]; the second text's label is unknown, so it counts as wrong.
  const Scores scores{2, {0, -1, 1}, {0.6, 0.4, 0.59, 0.41, 0.0, 1.0}};
  const std::vector<ReliabilityBin> bins = reliability_bins(scores);
  ASSERT_EQ(kReliabilityBins, bins.size());
  EXPECT_EQ(2U, bins[8].count);
  EXPECT_NEAR(0.595, bins[8].confidence, 1e-15);
  EXPECT_EQ(0.5, bins[8].accuracy);
  EXPECT_EQ(1U, bins[14].count);
  EXPECT_EQ(1.0, bins[14].accuracy);
  EXPECT_EQ(0U, bins[0].count);
  EXPECT_TRUE(std::isnan(bins[0].accuracy));
  EXPECT_EQ(1.0, bins[14].high);
  EXPECT_NEAR((2 * 0.095 + 0) / 3, expected_calibration_error(bins), 1e-15);
}

TEST(Calibration, IsUndefinedWithoutTexts) {
  const Scores none{3, {}, {}};
  EXPECT_TRUE(std::isnan(expected_calibration_error(reliability_bins(none))));
  EXPECT_TRUE(std::isnan(brier_score(none)));
  EXPECT_TRUE(std::isnan(brier_score({2, {-1}, {0.5, 0.5}})));
}

}  // namespace
}  // namespace tt::evaluation
