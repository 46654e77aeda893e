#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "runs/feature_map.hpp"
#include "transfer_tune/core/random.hpp"

namespace tt::runs {
namespace {

constexpr std::int64_t kTexts = 60;
constexpr std::int64_t kWidth = 6;

/// Three clouds around corners, of different spread along each dimension.
at::Tensor clouds() {
  at::Tensor out = at::empty({kTexts, kWidth}, at::kFloat);
  RandomStream stream(1);
  for (std::int64_t i = 0; i < kTexts; ++i) {
    for (std::int64_t j = 0; j < kWidth; ++j) {
      out[i][j] = (i % 3 == j ? 4.0 : 0.0) + stream.normal() / static_cast<double>(j + 1);
    }
  }
  return out;
}

std::vector<std::int32_t> three_labels() {
  std::vector<std::int32_t> labels;
  for (std::int32_t i = 0; i < kTexts; ++i) labels.push_back(i % 3);
  return labels;
}

/// Turned in two planes and mirrored: distances stay what they are.
at::Tensor moved(const at::Tensor& features) {
  at::Tensor turn = at::eye(kWidth);
  const double angle = 0.7;
  turn[0][0] = std::cos(angle);
  turn[0][1] = std::sin(angle);
  turn[1][0] = -std::sin(angle);
  turn[1][1] = std::cos(angle);
  turn[2][2] = -1;
  return features.mm(turn) + 3;
}

TEST(FeatureMap, FitsTheSecondPlaneToTheFirst) {
  const at::Tensor features = clouds();
  const auto map = make_feature_map(features, moved(features), three_labels());
  ASSERT_TRUE(map);
  EXPECT_TRUE(map->changed);
  for (std::size_t i = 0; i < kTexts; ++i) {
    EXPECT_NEAR(map->before.x[i], map->after.x[i], 2e-3);
    EXPECT_NEAR(map->before.y[i], map->after.y[i], 2e-3);
  }
  EXPECT_NEAR(map->before.explained, map->after.explained, 1e-5);
}

TEST(FeatureMap, SaysHowWellLabelsArePart) {
  const std::vector<std::int32_t> labels = three_labels();
  const auto map = make_feature_map(clouds(), {}, labels);
  ASSERT_TRUE(map);
  EXPECT_FALSE(map->changed);
  EXPECT_GT(map->before.same_neighbour, 0.9);
  EXPECT_GT(map->before.explained, 0.5);
  EXPECT_LE(map->before.explained, 1);
  EXPECT_EQ(map->after.x, map->before.x);
  double farthest = 0;
  for (std::size_t i = 0; i < kTexts; ++i)
    farthest = std::max(farthest, std::hypot(map->before.x[i], map->before.y[i]));
  EXPECT_NEAR(farthest, 1, 2e-3);
  // Without a known label there is nothing to say.
  const std::vector<std::int32_t> unknown(kTexts, -1);
  EXPECT_TRUE(std::isnan(make_feature_map(clouds(), {}, unknown)->before.same_neighbour));
}

TEST(FeatureMap, TakesTextsThatAreAllAlike) {
  const std::vector<std::int32_t> labels{0, 1, 1};
  const auto map = make_feature_map(at::ones({3, kWidth}), {}, labels);
  ASSERT_TRUE(map);
  EXPECT_EQ((std::vector<double>{0, 0, 0}), map->before.x);
  const std::vector<std::int32_t> two{0, 1};
  EXPECT_FALSE(make_feature_map(at::ones({2, kWidth}), {}, two));
}

TEST(FeatureMap, SamplesEvenly) {
  EXPECT_EQ((std::vector<std::size_t>{0, 1, 2}), mapped_texts(3));
  const std::vector<std::size_t> many = mapped_texts(100000);
  EXPECT_EQ(2000U, many.size());
  EXPECT_EQ(50U, many[1]);
  EXPECT_TRUE(mapped_texts(0).empty());
}

}  // namespace
}  // namespace tt::runs
