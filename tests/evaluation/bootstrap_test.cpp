#include "transfer_tune/evaluation/bootstrap.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "transfer_tune/core/error.hpp"

namespace tt::evaluation {
namespace {

TEST(Bootstrap, AgreesWithTheBinomialThatItSamples) {
  // Resampling n texts of which k are right draws from Binomial(n, k/n); its 2.5% and 97.5% quantiles by
  // scipy.stats.binom.ppf([0.025, 0.975], n, k / n) / n. One text of tolerance for 20,000 samples.
  const Interval large = bootstrap_ci95(870, 1000, 20000, 7);
  EXPECT_NEAR(0.849, large.low, 0.001);
  EXPECT_NEAR(0.890, large.high, 0.001);
  const Interval small = bootstrap_ci95(9, 30, 20000, 7);
  EXPECT_NEAR(4.0 / 30, small.low, 1.01 / 30);
  EXPECT_NEAR(14.0 / 30, small.high, 1.01 / 30);
}

TEST(Bootstrap, DependsOnTheSeedAlone) {
  const Interval first = bootstrap_ci95(70, 101, 300, 1);
  const Interval again = bootstrap_ci95(70, 101, 300, 1);
  const Interval other = bootstrap_ci95(70, 101, 300, 2);
  EXPECT_EQ(first.low, again.low);
  EXPECT_EQ(first.high, again.high);
  EXPECT_TRUE(first.low != other.low || first.high != other.high);
}

TEST(Bootstrap, AtTheEdges) {
  const Interval perfect = bootstrap_ci95(5, 5, 100, 7);
  EXPECT_EQ(1, perfect.low);
  EXPECT_EQ(1, perfect.high);
  const Interval hopeless = bootstrap_ci95(0, 5, 100, 7);
  EXPECT_EQ(0, hopeless.low);
  EXPECT_EQ(0, hopeless.high);
  EXPECT_TRUE(std::isnan(bootstrap_ci95(0, 0, 100, 7).low));
  EXPECT_TRUE(std::isnan(bootstrap_ci95(1, 2, 0, 7).high));
  EXPECT_THROW((void)bootstrap_ci95(3, 2, 100, 7), InternalError);
}

}  // namespace
}  // namespace tt::evaluation
