#include "transfer_tune/evaluation/learning_curve.hpp"
#include "support/messages.hpp"

#include "evaluation/scores_golden.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/random.hpp"

namespace tt::evaluation {
namespace {

using Json = nlohmann::json;
using Curve = std::vector<CurvePoint>;

constexpr PowerLaw kLaw{.a = 0.5, .b = 0.6, .c = 0.05};

/// The law's accuracies with seeds that spread by `spread` of the error.
Curve synthetic(const PowerLaw& law, const std::vector<double>& labels, double spread, std::uint64_t seed) {
  RandomStream stream(seed);
  Curve curve;
  for (const double k : labels) {
    CurvePoint& point = curve.emplace_back(CurvePoint{k, {}, 2 * k});
    for (int i = 0; i < 3; ++i) {
      point.accuracies.push_back(1 - (1 - law.accuracy(k)) * (1 + spread * stream.normal()));
    }
  }
  return curve;
}

TEST(FirstReaching, IsReadOffTheLogarithmOfTheLabels) {
  const Curve curve{{1, {0.4, 0.6}, 10}, {4, {0.7}, 30}, {16, {0.7, 0.9}, 90}};
  const Crossing between = first_reaching(curve, 0.75);
  EXPECT_EQ(Reach::measured, between.reach);
  EXPECT_NEAR(8, between.labels, 1e-12);
  EXPECT_NEAR(60, between.seconds, 1e-12);
  EXPECT_NEAR(16, first_reaching(curve, 0.8).labels, 1e-12);
  const Crossing first = first_reaching(curve, 0.5);
  EXPECT_EQ(Reach::at_most, first.reach);
  EXPECT_EQ(1, first.labels);
  const Crossing never = first_reaching(curve, 0.81);
  EXPECT_EQ(Reach::more_than, never.reach);
  EXPECT_EQ(16, never.labels);
  EXPECT_EQ(90, never.seconds);
  EXPECT_TRUE(std::isnan(first_reaching(Curve{}, 0.5).labels));
}

TEST(FirstReaching, TakesTheFirstOfSeveralPlaces) {
  const Curve curve{{1, {0.4}, 1}, {2, {0.8}, 2}, {4, {0.6}, 4}, {8, {0.9}, 8}};
  EXPECT_NEAR(std::sqrt(2), first_reaching(curve, 0.6).labels, 1e-12);
}

TEST(FirstReaching, HasAnIntervalOverSeeds) {
  const Curve curve = synthetic(kLaw, {1, 3, 10, 30}, 0.05, 3);
  const CurvePoint to_match{5, {0.75, 0.76, 0.77}, 1};
  const double needed = first_reaching(curve, 0.76).labels;
  const Interval interval = first_reaching_ci95(curve, to_match, 400, 7);
  EXPECT_LT(interval.low, needed);
  EXPECT_GT(interval.high, needed);
  EXPECT_LT(interval.high, 30);
  // One seed says nothing of the spread; what lies beyond the last point has no end.
  EXPECT_TRUE(std::isnan(first_reaching_ci95(curve, {5, {0.76}, 1}, 400, 7).low));
  const Interval open = first_reaching_ci95(curve, {5, {0.5, 0.99}, 1}, 400, 7);
  EXPECT_TRUE(std::isnan(open.high));
}

/// scripts/goldens/learning_curve_goldens.py fits the same with scipy.optimize.curve_fit.
TEST(Forecast, FitsAsScipy) {
  const Json goldens = tests::evaluation_golden("learning_curve");
  ASSERT_EQ(5U, goldens.size());
  for (const Json& golden : goldens) {
    const auto name = golden.at("name").get<std::string>();
    const Json& expected = golden.at("expected");
    Curve curve;
    double squares = 0;
    for (std::size_t i = 0; i < golden.at("labels").size(); ++i) {
      curve.push_back({golden.at("labels")[i].get<double>(), {1 - golden.at("errors")[i].get<double>()}, 1});
    }
    const PowerLaw law = Forecast(curve, 0, 7).law();
    for (const CurvePoint& point : curve) {
      const double error = 1 - point.accuracies.front();
      squares += std::pow((1 - law.accuracy(point.labels)) / error - 1, 2);
    }
    EXPECT_LE(squares, expected.at("squares").get<double>() + 1e-9) << name;
    EXPECT_NEAR(expected.at("b").get<double>(), law.b, 1e-3) << name;
    EXPECT_NEAR(expected.at("c").get<double>(), law.c, 1e-4) << name;
    EXPECT_NEAR(expected.at("error_there").get<double>(), 1 - law.accuracy(expected.at("at").get<double>()), 1e-4)
        << name;
  }
}

TEST(Forecast, FindsALawThatIsThere) {
  const Forecast forecast(synthetic(kLaw, {1, 3, 5, 10}, 0, 1), 200, 7);
  EXPECT_NEAR(kLaw.a, forecast.law().a, 1e-4);
  EXPECT_NEAR(kLaw.b, forecast.law().b, 1e-3);
  EXPECT_NEAR(kLaw.c, forecast.law().c, 1e-3);
  EXPECT_NEAR(kLaw.accuracy(130), forecast.law().accuracy(130), 1e-4);
  EXPECT_NEAR(100, forecast.law().labels_for(kLaw.accuracy(100)), 1);
  EXPECT_TRUE(std::isinf(forecast.law().labels_for(0.96)));
  const Interval interval = forecast.accuracy_ci95(130);
  EXPECT_NEAR(interval.low, interval.high, 1e-3);
}

/// Of noisy curves from 1 to 10 labels, the intervals at 30 and 130 hold the truth about as often as they say.
TEST(Forecast, IntervalsHoldTheTruth) {
  int held_30 = 0;
  int held_130 = 0;
  int held_labels = 0;
  constexpr int kCurves = 60;
  for (int i = 0; i < kCurves; ++i) {
    const Forecast forecast(synthetic(kLaw, {1, 3, 5, 10}, 0.03, static_cast<std::uint64_t>(100 + i)), 300, 7);
    const auto holds = [](const Interval& interval, double truth) {
      return !(interval.low > truth) && !(interval.high < truth);
    };
    held_30 += holds(forecast.accuracy_ci95(30), kLaw.accuracy(30)) ? 1 : 0;
    held_130 += holds(forecast.accuracy_ci95(130), kLaw.accuracy(130)) ? 1 : 0;
    held_labels += holds(forecast.labels_ci95(0.85), kLaw.labels_for(0.85)) ? 1 : 0;
  }
  EXPECT_GE(held_30, 48);
  EXPECT_GE(held_130, 48);
  EXPECT_GE(held_labels, 48);
}

TEST(Forecast, WidensWithTheDistance) {
  const Forecast forecast(synthetic(kLaw, {1, 3, 5, 10}, 0.03, 9), 300, 7);
  const auto width = [&](double labels) {
    const Interval interval = forecast.accuracy_ci95(labels);
    return interval.high - interval.low;
  };
  EXPECT_LT(width(10), width(100));
}

TEST(Forecast, DependsOnTheSeedAlone) {
  const Curve curve = synthetic(kLaw, {1, 3, 5, 10}, 0.03, 9);
  const Interval first = Forecast(curve, 100, 7).labels_ci95(0.85);
  const Interval again = Forecast(curve, 100, 7).labels_ci95(0.85);
  const Interval other = Forecast(curve, 100, 8).labels_ci95(0.85);
  EXPECT_EQ(first.low, again.low);
  EXPECT_NE(first.low, other.low);
}

TEST(Forecast, TakesFlatAndPerfectCurves) {
  const Forecast flat(Curve{{1, {0.6}, 1}, {2, {0.6}, 1}, {4, {0.6}, 1}, {8, {0.6}, 1}}, 50, 7);
  EXPECT_NEAR(0.6, flat.law().accuracy(1000), 0.01);
  EXPECT_TRUE(std::isnan(flat.labels_ci95(0.9).high));
  const Forecast perfect(Curve{{1, {1.0}, 1}, {2, {1.0}, 1}, {4, {1.0}, 1}}, 50, 7);
  EXPECT_NEAR(1, perfect.law().accuracy(8), 0.001);
}

TEST(Forecast, RefusesTooFewPoints) {
  const Curve curve = synthetic(kLaw, {1, 3}, 0, 1);
  EXPECT_THROW(Forecast(curve, 10, 7), InternalError);
  EXPECT_THROW(Forecast(Curve{{1, {0.5}, 1}, {1, {0.6}, 1}, {2, {0.7}, 1}}, 10, 7), InternalError);
}

}  // namespace
}  // namespace tt::evaluation
