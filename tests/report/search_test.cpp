#include "transfer_tune/record/search_report.hpp"

#include "transfer_tune/core/error.hpp"

#include <gtest/gtest.h>

using namespace tt;
using namespace tt::report;

namespace {

SearchTrialReport trial(double accuracy, double log_loss) {
  SearchTrialReport out;
  out.settings = {{.setting = "head.C", .value = "3"}};
  out.accuracy = accuracy;
  out.macro_f1 = 1 - accuracy;
  out.log_loss = log_loss;
  return out;
}

}  // namespace

TEST(SearchReport, TellsTheBetterTrialByItsMetricThenByTheLogLoss) {
  EXPECT_TRUE(is_better(trial(0.9, 2), trial(0.8, 1), "accuracy"));
  EXPECT_FALSE(is_better(trial(0.9, 2), trial(0.8, 1), "macro_f1"));
  EXPECT_FALSE(is_better(trial(0.9, 2), trial(0.8, 1), "log_loss"));
  EXPECT_TRUE(is_better(trial(0.9, 1), trial(0.9, 2), "accuracy"));
  EXPECT_FALSE(is_better(trial(0.9, 1), trial(0.9, 1), "accuracy"));
  SearchTrialReport failed;
  failed.failure = "diverged";
  EXPECT_TRUE(is_better(trial(0.1, 9), failed, "accuracy"));
  EXPECT_FALSE(is_better(failed, trial(0.1, 9), "log_loss"));
}

TEST(SearchReport, IsReadAsItWasWritten) {
  const std::string json = to_json(trial(0.75, 0.5));
  EXPECT_EQ(to_json(read_search_trial(json)), json);
  EXPECT_THROW((void)read_search_trial("{}"), CheckpointError);
  EXPECT_THROW((void)read_search_trial("{"), CheckpointError);
}
