#include "transfer_tune/evaluation/mcnemar.hpp"

#include <gtest/gtest.h>

namespace tt::evaluation {
namespace {

TEST(McNemar, IsTheExactBinomialTest) {
  EXPECT_DOUBLE_EQ(mcnemar_exact(0, 5), 0.0625);
  EXPECT_DOUBLE_EQ(mcnemar_exact(6, 0), 0.03125);
  EXPECT_DOUBLE_EQ(mcnemar_exact(2, 10), 2.0 * (1 + 12 + 66) / 4096);
  // scipy.stats.binomtest(a, a + b, 0.5).pvalue
  EXPECT_NEAR(mcnemar_exact(40, 70), 0.005447429511444476, 1e-14);
  EXPECT_NEAR(mcnemar_exact(1100, 1000), 0.03072070786424249, 1e-12);
  EXPECT_NEAR(mcnemar_exact(30000, 30500), 0.042485574410371825, 1e-10);
  EXPECT_EQ(mcnemar_exact(0, 2000), 0);
}

TEST(McNemar, SeesNoDifferenceInEvenCounts) {
  EXPECT_EQ(mcnemar_exact(0, 0), 1);
  EXPECT_EQ(mcnemar_exact(0, 1), 1);
  EXPECT_EQ(mcnemar_exact(7, 7), 1);
  EXPECT_EQ(mcnemar_exact(7, 8), 1);
  EXPECT_EQ(mcnemar_exact(500000, 500000), 1);
}

}  // namespace
}  // namespace tt::evaluation
