#include "transfer_tune/evaluation/detection.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "evaluation/decision_goldens.hpp"
#include "transfer_tune/core/error.hpp"

namespace tt::evaluation {
namespace {

using tests::Json;
using Values = std::vector<double>;
using Answers = std::vector<std::uint8_t>;

TEST(Detection, AgreesWithScikitLearn) {
  for (const Json& golden : tests::decision_goldens("detection")) {
    const std::string name = golden.at("name");
    const auto in_scope = tests::values_of<double>(golden, "in_scope");
    const auto out_of_scope = tests::values_of<double>(golden, "out_of_scope");
    const DetectionFigures figures = detection_figures(in_scope, out_of_scope);
    EXPECT_NEAR(golden.at("auroc").get<double>(), figures.auroc, 1e-12) << name;
    EXPECT_NEAR(golden.at("aupr").get<double>(), figures.aupr, 1e-12) << name;
    EXPECT_NEAR(golden.at("fpr_at_95_recall").get<double>(), figures.fpr_at_95_recall, 1e-12) << name;
    EXPECT_NEAR(golden.at("keeping_90").get<double>(), keeping_threshold(in_scope, 0.9), 1e-12) << name;
  }
}

TEST(Detection, IsUndefinedWithoutEitherKind) {
  for (const auto& [in_scope, out_of_scope] : {std::pair<Values, Values>{{1}, {}}, {{}, {1}}, {{}, {}}}) {
    const DetectionFigures figures = detection_figures(in_scope, out_of_scope);
    EXPECT_TRUE(std::isnan(figures.auroc));
    EXPECT_TRUE(std::isnan(figures.aupr));
    EXPECT_TRUE(std::isnan(figures.fpr_at_95_recall));
    EXPECT_TRUE(std::isnan(best_threshold(in_scope, Answers(in_scope.size(), 1), out_of_scope)));
  }
  EXPECT_TRUE(std::isnan(keeping_threshold({}, 0.95)));
  EXPECT_TRUE(std::isnan(kept_share({}, 1)));
}

TEST(Detection, TheThresholdWeighsBothKindsTheSame) {
  // Rejecting below 2.5 loses one of four right answers and finds both others; below 1.5 it finds one and loses none.
  EXPECT_EQ(2.5, best_threshold(Values{2, 3, 4, 5}, Answers{1, 1, 1, 1}, Values{1, 2}));
  // A text that is answered wrongly is no loss.
  EXPECT_EQ(3.5, best_threshold(Values{3, 4, 5}, Answers{0, 1, 1}, Values{1, 3}));
  // Nothing is gained by rejecting.
  EXPECT_EQ(1.0, best_threshold(Values{1, 2}, Answers{1, 1}, Values{3, 4}));
  // Everything scores the same.
  EXPECT_EQ(7.0, best_threshold(Values{7, 7}, Answers{1, 0}, Values{7}));
}

TEST(Detection, TheThresholdIsTheBestOfAll) {
  for (const Json& golden : tests::decision_goldens("detection")) {
    const auto in_scope = tests::values_of<double>(golden, "in_scope");
    const auto out_of_scope = tests::values_of<double>(golden, "out_of_scope");
    Answers correct(in_scope.size());
    for (std::size_t i = 0; i < correct.size(); ++i) correct[i] = i % 4 == 0 ? 0 : 1;
    const auto value = [&](double threshold) {
      double right = 0;
      for (std::size_t i = 0; i < in_scope.size(); ++i) right += in_scope[i] >= threshold ? correct[i] : 0;
      return right / static_cast<double>(in_scope.size()) + 1 - kept_share(out_of_scope, threshold);
    };
    const double chosen = value(best_threshold(in_scope, correct, out_of_scope));
    for (const Values& scores : {in_scope, out_of_scope}) {
      for (const double score : scores) EXPECT_GE(chosen + 1e-12, value(score)) << golden.at("name") << " " << score;
    }
  }
}

TEST(Detection, NeighbouringDoublesHaveAThresholdBetweenThem) {
  const double one = 1;
  const double next = std::nextafter(one, 2);
  const double threshold = best_threshold(Values{next}, Answers{1}, Values{one});
  EXPECT_EQ(1.0, kept_share(Values{next}, threshold));
  EXPECT_EQ(0.0, kept_share(Values{one}, threshold));
}

TEST(Detection, AnUndefinedThresholdKeepsAll) { EXPECT_EQ(1.0, kept_share(Values{1, -9}, kUndefined)); }

TEST(Detection, RefusesScoresThatAreNoNumbers) {
  const double infinite = std::numeric_limits<double>::infinity();
  EXPECT_THROW((void)detection_figures(Values{kUndefined}, Values{1}), NonFiniteError);
  EXPECT_THROW((void)best_threshold(Values{1}, Answers{1}, Values{infinite}), NonFiniteError);
  EXPECT_THROW((void)best_threshold(Values{1, 2}, Answers{1}, Values{3}), InternalError);
}

TEST(ScopeHistogram, HoldsEveryTextOnce) {
  Values in_scope(1000);
  std::iota(in_scope.begin(), in_scope.end(), 0.0);
  const Values out_of_scope{-1e9, -3, 500, 999};
  const std::vector<ScopeBin> bins = scope_histogram(in_scope, out_of_scope, 20);
  ASSERT_EQ(20U, bins.size());
  std::size_t inside = 0;
  std::size_t outside = 0;
  for (const ScopeBin& bin : bins) {
    inside += bin.in_scope;
    outside += bin.out_of_scope;
    EXPECT_LT(bin.low, bin.high);
  }
  EXPECT_EQ(1000U, inside);
  EXPECT_EQ(4U, outside);
  EXPECT_EQ(2U, bins.front().out_of_scope) << "the outlier must not stretch the bins";
  EXPECT_EQ(1U, bins.back().out_of_scope);
  EXPECT_EQ(999, bins.back().high);
  EXPECT_GT(bins.front().low, -10);
}

TEST(ScopeHistogram, OfEqualScoresIsOneBin) {
  const std::vector<ScopeBin> bins = scope_histogram(Values{2, 2}, Values{2}, 20);
  ASSERT_EQ(1U, bins.size());
  EXPECT_EQ(2U, bins.front().in_scope);
  EXPECT_EQ(1U, bins.front().out_of_scope);
  EXPECT_TRUE(scope_histogram({}, {}, 20).empty());
}

}  // namespace
}  // namespace tt::evaluation
