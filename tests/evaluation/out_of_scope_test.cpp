#include "transfer_tune/evaluation/out_of_scope.hpp"

#include <gtest/gtest.h>

#include "evaluation/decision_goldens.hpp"
#include "transfer_tune/core/error.hpp"

namespace tt::evaluation {
namespace {

using tests::Json;

TEST(OutOfScope, ScoresOfLogitsAgreeWithScipy) {
  for (const Json& golden : tests::decision_goldens("calibration")) {
    const std::string name = golden.at("name");
    const auto classes = golden.at("classes").get<std::size_t>();
    const auto logits = tests::values_of<float>(golden, "logits");
    tests::expect_near(golden.at("max_probability"), max_probability_scores(logits, classes, 2), 1e-14, name);
    tests::expect_near(golden.at("energy"), energy_scores(logits, classes), 1e-14, name);
  }
}

TEST(OutOfScope, ScoresOfFeaturesAgreeWithNumpyScipyAndScikitLearn) {
  for (const Json& golden : tests::decision_goldens("features")) {
    const std::string name = golden.at("name");
    const ReferenceTexts texts{golden.at("width").get<std::size_t>(), tests::values_of<float>(golden, "features"),
                               golden.at("labels").get<std::vector<std::int32_t>>()};
    const auto queries = tests::values_of<float>(golden, "queries");
    tests::expect_near(golden.at("mahalanobis"), mahalanobis_scores(fit_class_gaussians(texts), queries), 1e-8, name);
    const auto neighbours = golden.at("neighbours").get<std::size_t>();
    tests::expect_near(golden.at("knn"), neighbour_scores(make_neighbourhood(texts, neighbours), queries), 2e-6, name);
  }
}

TEST(OutOfScope, LargeLogitsDoNotOverflow) {
  EXPECT_NEAR(5000 + std::log(2.0), energy_scores(std::vector<float>{5000, 5000, -5000}, 3).front(), 1e-9);
  EXPECT_EQ(0.5, max_probability_scores(std::vector<float>{5000, 5000, -5000}, 3, 1).front());
}

TEST(OutOfScope, AFeatureVectorOfZerosIsUnlikeAll) {
  const ReferenceTexts texts{2, {1, 0, 0, 1}, {0, 1}};
  EXPECT_EQ(0.0, neighbour_scores(make_neighbourhood(texts, 1), std::vector<float>{0, 0}).front());
}

TEST(OutOfScope, NoTextsGiveNoScores) {
  EXPECT_TRUE(energy_scores({}, 3).empty());
  EXPECT_TRUE(max_probability_scores({}, 3, 1).empty());
  const ReferenceTexts texts{2, {1, 0, 0, 1}, {0, 1}};
  EXPECT_TRUE(neighbour_scores(make_neighbourhood(texts, 1), {}).empty());
  EXPECT_TRUE(mahalanobis_scores(fit_class_gaussians(texts), {}).empty());
}

TEST(OutOfScope, RefusesWhatDoesNotFit) {
  const ReferenceTexts texts{2, {1, 0, 0, 1}, {0, 1}};
  EXPECT_THROW((void)neighbour_scores(make_neighbourhood(texts, 1), std::vector<float>{1, 2, 3}), InternalError);
  EXPECT_THROW((void)make_neighbourhood({2, {}, {}}, 1), InternalError);
  EXPECT_THROW((void)fit_class_gaussians({2, {}, {}}), InternalError);
  EXPECT_THROW((void)fit_class_gaussians({2, {1, 2, 3, 4}, {0}}), InternalError);
  EXPECT_THROW((void)energy_scores(std::vector<float>{1, 2, 3}, 2), InternalError);
}

}  // namespace
}  // namespace tt::evaluation
