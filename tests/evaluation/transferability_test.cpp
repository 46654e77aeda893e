#include "transfer_tune/evaluation/transferability.hpp"

#include "evaluation/scores_golden.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "evaluation/decompositions.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/random.hpp"

namespace tt::evaluation {
namespace {

using Json = nlohmann::json;
using Labels = std::vector<std::int32_t>;

std::vector<float> flat(const Json& rows) {
  std::vector<float> values;
  for (const Json& row : rows) {
    for (const Json& value : row) values.push_back(value.get<float>());
  }
  return values;
}

/// scripts/goldens/transferability_goldens.py computes what is expected from the definitions.
TEST(Transferability, ScoresAreThoseOfTheDefinitions) {
  const Json goldens = tests::evaluation_golden("transferability");
  ASSERT_EQ(5U, goldens.size());
  for (const Json& golden : goldens) {
    const auto name = golden.at("name").get<std::string>();
    const Json& expected = golden.at("expected");
    const auto classes = golden.at("classes").get<std::size_t>();
    const auto labels = golden.at("labels").get<Labels>();
    const std::vector<float> values = flat(golden.at("features"));
    const Features features{golden.at("features")[0].size(), values};
    const LabelFit fit = label_fit(features, labels, classes);
    EXPECT_NEAR(expected.at("logme").get<double>(), fit.logme, 2e-6) << name;
    EXPECT_NEAR(expected.at("h_score").get<double>(), fit.h_score, 1e-9) << name;

    std::vector<double> probabilities;
    for (const Json& row : golden.at("source_weights")) {
      const auto weights = row.get<std::vector<double>>();
      const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
      for (const double weight : weights) probabilities.push_back(weight / sum);
    }
    EXPECT_NEAR(expected.at("leep").get<double>(), leep(probabilities, 5, labels, classes), 1e-12) << name;

    const std::vector<float> source_values = flat(golden.at("source_features"));
    const auto source_labels = golden.at("source_labels").get<Labels>();
    const auto nearest =
        nearest_labels(features, labels, classes, {features.dimensions, source_values}, source_labels, 4, 2);
    ASSERT_EQ(classes, nearest.size());
    for (std::size_t c = 0; c < classes; ++c) {
      ASSERT_EQ(2U, nearest[c].size());
      for (std::size_t place = 0; place < 2; ++place) {
        EXPECT_EQ(expected.at("nearest")[c][place][0].get<std::size_t>(), nearest[c][place].label) << name;
        EXPECT_NEAR(expected.at("nearest")[c][place][1].get<double>(), nearest[c][place].cosine, 1e-9) << name;
      }
    }
  }
}

TEST(Transferability, NeedsTwoLabels) {
  const std::vector<float> values{1, 2, 3, 4};
  const Labels labels{1, 1};
  const LabelFit fit = label_fit({2, values}, labels, 3);
  EXPECT_TRUE(std::isnan(fit.logme));
  EXPECT_TRUE(std::isnan(fit.h_score));
  EXPECT_TRUE(std::isnan(leep({}, 3, {}, 2)));
}

TEST(Transferability, FeaturesThatAreAllTheSameSayNothing) {
  const std::vector<float> values(12, 0.5F);
  const Labels labels{0, 1, 0, 1, 0, 1};
  const LabelFit fit = label_fit({2, values}, labels, 2);
  EXPECT_TRUE(std::isnan(fit.h_score));
  EXPECT_TRUE(std::isfinite(fit.logme));
  const std::vector<float> zeros(12, 0.0F);
  EXPECT_TRUE(std::isnan(label_fit({2, zeros}, labels, 2).logme));
}

TEST(Transferability, LabelsWithoutTextsHaveNoNeighbours) {
  const std::vector<float> values{1, 0, 0, 1};
  const Labels labels{0, 2};
  const auto nearest = nearest_labels({2, values}, labels, 3, {2, values}, labels, 3, 5);
  ASSERT_EQ(2U, nearest[0].size());
  EXPECT_EQ(0U, nearest[0][0].label);
  EXPECT_DOUBLE_EQ(1, nearest[0][0].cosine);
  EXPECT_TRUE(nearest[1].empty());
}

TEST(Transferability, RefusesWhatDoesNotFit) {
  const std::vector<float> values{1, 0, 0, 1};
  const std::vector<double> probabilities{0.5, 0.5};
  EXPECT_THROW((void)label_fit({2, values}, Labels{0}, 2), InternalError);
  EXPECT_THROW((void)label_fit({2, values}, Labels{0, 2}, 2), InternalError);
  EXPECT_THROW((void)leep(probabilities, 2, Labels{-1}, 2), InternalError);
}

TEST(ProxyADistance, IsTwoForDomainsApartAndZeroForOneAndTheSame) {
  EXPECT_DOUBLE_EQ(2, proxy_a_distance(0));
  EXPECT_DOUBLE_EQ(0.4, proxy_a_distance(0.4));
  EXPECT_DOUBLE_EQ(0, proxy_a_distance(0.5));
  EXPECT_DOUBLE_EQ(0, proxy_a_distance(0.53));
}

/// A symmetric matrix with known eigenvalues: reflections of a diagonal one.
TEST(SymmetricEigen, FindsTheValuesAndProjectsOnTheVectors) {
  for (const std::size_t n : {1U, 2U, 3U, 10U, 40U}) {
    RandomStream stream(n);
    Matrix a(n, n);
    Matrix b(n, 3);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j <= i; ++j) a.row(i)[j] = a.row(j)[i] = stream.normal();
      for (std::size_t j = 0; j < 3; ++j) b.row(i)[j] = stream.normal();
    }
    Matrix projected = b;
    const std::vector<double> values = symmetric_eigen(a, projected);
    // Bᵀ·A·B = (QᵀB)ᵀ·Λ·(QᵀB), and the same for A² and the identity.
    for (std::size_t p = 0; p < 3; ++p) {
      for (std::size_t q = 0; q < 3; ++q) {
        double straight[3] = {0, 0, 0};
        double through[3] = {0, 0, 0};
        for (std::size_t i = 0; i < n; ++i) {
          double ap = 0;
          double aq = 0;
          for (std::size_t j = 0; j < n; ++j) {
            ap += a.row(i)[j] * b.row(j)[p];
            aq += a.row(i)[j] * b.row(j)[q];
          }
          straight[0] += b.row(i)[p] * b.row(i)[q];
          straight[1] += b.row(i)[p] * aq;
          straight[2] += ap * aq;
          const double product = projected.row(i)[p] * projected.row(i)[q];
          for (int power = 0; power < 3; ++power) through[power] += std::pow(values[i], power) * product;
        }
        for (int power = 0; power < 3; ++power) {
          EXPECT_NEAR(straight[power], through[power], 1e-11 * static_cast<double>(n * n)) << n << " " << power;
        }
      }
    }
  }
}

TEST(SymmetricEigen, TakesRepeatedValuesAndZeros) {
  Matrix a(4, 4);  // rank one
  for (double& value : a.values) value = 1;
  Matrix b(4, 1);
  b.row(0)[0] = 1;
  std::vector<double> values = symmetric_eigen(a, b);
  std::sort(values.begin(), values.end());
  EXPECT_NEAR(4, values[3], 1e-14);
  EXPECT_NEAR(0, values[2], 1e-14);
  EXPECT_THROW((void)symmetric_eigen(Matrix(2, 3), b), InternalError);
  a.row(0)[0] = std::nan("");
  EXPECT_THROW((void)symmetric_eigen(a, b), NonFiniteError);
}

}  // namespace
}  // namespace tt::evaluation
