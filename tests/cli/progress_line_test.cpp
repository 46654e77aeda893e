#include "cli/progress_line.hpp"

#include <gtest/gtest.h>

using namespace tt;
using namespace tt::cli;

namespace {

Progress progress(std::size_t done, std::size_t total) {
  Progress out;
  out.stage = "train";
  out.done = done;
  out.total = total;
  return out;
}

}  // namespace

TEST(ProgressLine, Plain) {
  Progress half = progress(50, 100);
  half.loss = 0.41249;
  half.examples_per_second = 812.4;
  EXPECT_EQ(plain_line(half, 65), "train: 50 of 100 (50%), loss 0.412, 812 examples/s, 1:05 left");
  EXPECT_EQ(plain_line(progress(0, 100), 3), "train: 0 of 100 (0%)");
  EXPECT_EQ(plain_line(progress(100, 100), 3723), "train: 100 of 100 (100%), took 1:02:03");
  EXPECT_EQ(plain_line(progress(0, 0), 1), "train: 0 of 0 (0%)");
}

TEST(ProgressLine, Bar) {
  EXPECT_EQ(bar_line(progress(1, 2), 9.6, 80), "train  [############------------]  50%  0:10 left");
  EXPECT_EQ(bar_line(progress(2, 2), 1, 80), "train  [########################]  100%  took 0:01");
  EXPECT_EQ(bar_line(progress(3, 2), 1, 12), "train  [####");
}
