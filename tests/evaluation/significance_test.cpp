#include "transfer_tune/evaluation/significance.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "transfer_tune/core/error.hpp"

namespace tt::evaluation {
namespace {

using Values = std::vector<double>;
using Runs = std::vector<Discordant>;

TEST(McNemar, AgreesWithScipy) {
  // scipy.stats.binomtest(only_a, only_a + only_b, 0.5).pvalue
  struct Case {
    Discordant texts;
    double p = 1;
  };
  for (const auto& [texts, p] :
       {Case{{5, 0}, 0.0625}, Case{{0, 6}, 0.03125}, Case{{1, 9}, 0.021484375}, Case{{10, 25}, 0.016673847800120715},
        Case{{140, 92}, 0.0019662265654393227}, Case{{2, 1}, 1}, Case{{4, 5}, 1},
        Case{{1500, 1300}, 0.00016841162264376235}, Case{{40000, 39000}, 0.00037894900970468265}}) {
    EXPECT_NEAR(1, mcnemar_p(texts) / p, 1e-9) << texts.only_a << " against " << texts.only_b;
    EXPECT_EQ(mcnemar_p(texts), mcnemar_p({texts.only_b, texts.only_a}));
  }
}

TEST(McNemar, AtTheEdges) {
  EXPECT_EQ(1, mcnemar_p({0, 0}));
  EXPECT_EQ(1, mcnemar_p({3, 3}));
  EXPECT_EQ(1, mcnemar_p({1, 0}));
  EXPECT_EQ(0, mcnemar_p({0, 1100})) << "below the smallest double";
}

TEST(Fisher, AgreesWithScipy) {
  // scipy.stats.fisher_exact([[right, wrong], [right, wrong]]).pvalue
  struct Case {
    Answered a, b;
    double p = 1;
  };
  for (const auto& [a, b, p] :
       {Case{{3, 10}, {9, 10}, 0.019766611097880443}, Case{{60, 100}, {350, 400}, 2.947327901156194e-09},
        Case{{0, 5}, {5, 5}, 0.007936507936507938}, Case{{950, 1000}, {9300, 10000}, 0.014892581276855364},
        Case{{7, 7}, {20, 20}, 1}, Case{{1, 30}, {700, 900}, 1.2851329078293426e-17},
        Case{{400, 1000}, {41000, 80000}, 1.6401313179803783e-12}}) {
    EXPECT_NEAR(1, fisher_p(a, b) / p, 1e-7) << a.right << " of " << a.texts;
    EXPECT_NEAR(1, fisher_p(b, a) / p, 1e-7) << b.right << " of " << b.texts;
  }
  EXPECT_EQ(1, fisher_p({0, 0}, {3, 4}));
  EXPECT_EQ(1, fisher_p({3, 4}, {0, 0}));
  EXPECT_THROW((void)fisher_p({2, 1}, {0, 1}), InternalError);
}

TEST(InEveryRun, IsTheLargestOfRunsThatAgree) {
  EXPECT_DOUBLE_EQ(mcnemar_p({1, 9}), in_every_run_p(Runs{{0, 20}, {1, 9}, {2, 30}}));
  EXPECT_DOUBLE_EQ(mcnemar_p({1, 9}), in_every_run_p(Runs{{1, 9}}));
}

TEST(InEveryRun, IsOneWhereRunsLeanToDifferentSides) {
  EXPECT_EQ(1, in_every_run_p(Runs{{0, 20}, {20, 0}}));
  EXPECT_EQ(1, in_every_run_p(Runs{{0, 20}, {5, 5}}));
  EXPECT_EQ(1, in_every_run_p(Runs{{0, 0}}));
  EXPECT_TRUE(std::isnan(in_every_run_p(Runs{})));
}

TEST(InEveryRun, AttainsWhatTheScantestRunAllows) {
  EXPECT_DOUBLE_EQ(std::ldexp(1, -5), attainable_p(Runs{{3, 3}, {10, 20}}));
  EXPECT_EQ(1, attainable_p(Runs{{0, 0}, {10, 20}}));
}

TEST(Holm, StepsDownInTheGivenOrder) {
  // Sorted: 0.01·4, 0.02·3, 0.03·2 raised to the one before, 0.04·1 likewise.
  const Values corrected = holm(Values{0.04, 0.01, 0.03, 0.02});
  const Values expected{0.06, 0.04, 0.06, 0.06};
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_DOUBLE_EQ(expected[i], corrected[i]) << i;
}

TEST(Holm, CapsAtOneAndKeepsTies) {
  EXPECT_EQ((Values{1, 1, 1}), holm(Values{0.6, 0.5, 0.9}));
  EXPECT_EQ((Values{0.02, 0.02}), holm(Values{0.01, 0.01}));
  EXPECT_EQ((Values{0.3}), holm(Values{0.3}));
  EXPECT_TRUE(holm(Values{}).empty());
}

TEST(Holm, LeavesWhatIsUndefinedOutOfTheFamily) {
  const Values corrected = holm(Values{0.02, kUndefined, 0.01});
  EXPECT_DOUBLE_EQ(0.02, corrected[0]);
  EXPECT_TRUE(std::isnan(corrected[1]));
  EXPECT_DOUBLE_EQ(0.02, corrected[2]);
}

TEST(OverSeeds, MeanAndSampleDeviation) {
  const Spread three = over_seeds(Values{1, 2, 6});
  EXPECT_DOUBLE_EQ(3, three.mean);
  EXPECT_DOUBLE_EQ(std::sqrt(7.0), three.sd);
  const Spread one = over_seeds(Values{0.5});
  EXPECT_EQ(0.5, one.mean);
  EXPECT_TRUE(std::isnan(one.sd)) << "one seed has no variance to speak of";
  EXPECT_TRUE(std::isnan(over_seeds(Values{}).mean));
}

}  // namespace
}  // namespace tt::evaluation
