#include "transfer_tune/training/schedule.hpp"

#include "training/toy.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <string>

namespace {

using namespace tt;
using namespace tt::training;

Schedule parse(const std::string& name) {
  if (name == "linear") return Schedule::linear;
  if (name == "cosine") return Schedule::cosine;
  return Schedule::constant;
}

TEST(Schedule, FactorsAreThoseOfTransformers) {
  std::size_t compared = 0;
  for (const auto& [name, factors] : tests::training_golden()) {
    char kind[16];
    int total = 0;
    int warmup = 0;
    if (std::sscanf(name.c_str(), "schedule.%15[a-z].%d.%d", kind, &total, &warmup) != 3) continue;
    for (int step = 0; step < total; ++step) {
      EXPECT_NEAR(schedule_factor(parse(kind), step, total, warmup), factors[step].item<double>(), 1e-12)
          << name << " step " << step;
    }
    ++compared;
  }
  EXPECT_EQ(compared, 15U);
}

TEST(Schedule, EndsAtZeroAndStaysThere) {
  for (const Schedule schedule : {Schedule::linear, Schedule::cosine}) {
    EXPECT_NEAR(schedule_factor(schedule, 10, 10, 2), 0.0, 1e-15);
  }
  EXPECT_EQ(schedule_factor(Schedule::linear, 12, 10, 2), 0.0);
  EXPECT_EQ(schedule_factor(Schedule::constant, 12, 10, 2), 1.0);
}

TEST(Schedule, WarmUpIsARoundedUpShareButNeverTheWholePhase) {
  EXPECT_EQ(warmup_steps(0.1, 100), 10);
  EXPECT_EQ(warmup_steps(0.1, 101), 11);
  EXPECT_EQ(warmup_steps(0, 5), 0);
  EXPECT_EQ(warmup_steps(0.1, 2), 1);
  // A phase of one step would otherwise take it at rate 0 and learn nothing.
  EXPECT_EQ(warmup_steps(0.1, 1), 0);
  EXPECT_EQ(warmup_steps(1, 4), 3);
}

}  // namespace
