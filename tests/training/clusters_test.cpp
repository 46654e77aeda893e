#include "transfer_tune/training/clusters.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <numeric>
#include <set>

namespace {

using namespace tt::training;

/// `each` points around every one of `centres` [clouds, 2], cloud by cloud.
at::Tensor clouds(const at::Tensor& centres, std::int64_t each) {
  at::manual_seed(3);
  return centres.repeat_interleave(each, 0) + 0.1 * at::randn({centres.size(0) * each, 2});
}

const at::Tensor& corners() {
  static const at::Tensor kCorners = at::tensor({0.0F, 0.0F, 5.0F, 0.0F, 0.0F, 5.0F, 5.0F, 5.0F}).view({4, 2});
  return kCorners;
}

TEST(KMeans, FindsTheCloudsAndTheirMeans) {
  const at::Tensor points = clouds(corners(), 50);
  for (std::uint64_t key = 0; key < 5; ++key) {
    const Clusters found = k_means(points, {}, 4, key);
    std::set<std::size_t> starts;
    double inertia = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      ASSERT_EQ(found.members[k].size(), 50U);
      const std::size_t first = found.members[k].front();
      EXPECT_EQ(found.members[k].back(), first + 49);
      starts.insert(first);
      const at::Tensor cloud = points.narrow(0, static_cast<std::int64_t>(first), 50);
      const at::Tensor mean = cloud.mean(0);
      EXPECT_LE((found.centres[static_cast<std::int64_t>(k)] - mean).abs().max().item<double>(), 1e-4);
      inertia += (cloud - mean).square().sum().item<double>();
    }
    EXPECT_EQ(starts.size(), 4U);
    EXPECT_NEAR(found.inertia, inertia, 1e-2 * inertia);
  }
}

TEST(KMeans, AWeightIsWorthThatManyPoints) {
  const at::Tensor points = at::tensor({0.0F, 1.0F, 4.0F}).view({3, 1});
  const Clusters found = k_means(points, at::tensor({3.0F, 1.0F, 0.0F}), 1, 7);
  EXPECT_NEAR(found.centres.item<double>(), 0.25, 1e-6);
  EXPECT_NEAR(found.inertia, 0.75, 1e-6);
}

TEST(KMeans, EveryPointIsItsOwnClusterWhereTheyAreAsMany) {
  const at::Tensor points = clouds(corners(), 5);
  const Clusters found = k_means(points, {}, 20, 1);
  for (const auto& members : found.members) EXPECT_EQ(members.size(), 1U);
  EXPECT_NEAR(found.inertia, 0, 1e-3);  // rounding of squared lengths up to 50
}

TEST(KMeans, PointsThatAreAllTheSameFillOneClusterAtLeast) {
  const Clusters found = k_means(at::ones({6, 2}), {}, 3, 1);
  const std::size_t members = std::accumulate(found.members.begin(), found.members.end(), std::size_t{0},
                                              [](std::size_t sum, const auto& each) { return sum + each.size(); });
  EXPECT_EQ(members, 6U);
  EXPECT_EQ(found.inertia, 0);
}

TEST(KMeans, SameKeyGivesTheSameBitsAndAnotherKeyOthers) {
  at::manual_seed(5);
  const at::Tensor points = at::randn({5000, 8});  // more than one block
  const Clusters one = k_means(points, {}, 30, 1);
  EXPECT_TRUE(at::equal(one.centres, k_means(points, {}, 30, 1).centres));
  EXPECT_FALSE(at::equal(one.centres, k_means(points, {}, 30, 2).centres));
}

}  // namespace
