#include "transfer_tune/record/tensorboard.hpp"
#include "support/messages.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "report/sample_report.hpp"

namespace tt::report {
namespace {

using tt::tests::holds;

TEST(Crc32c, IsThatOfRfc3720) {
  EXPECT_EQ(0U, crc32c(""));
  EXPECT_EQ(0xE3069283U, crc32c("123456789"));
  EXPECT_EQ(0x8A9136AAU, crc32c(std::string(32, '\0')));
  EXPECT_EQ(0x62A8AB43U, crc32c(std::string(32, '\xFF')));
}

std::string hex(const std::string& bytes) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const char byte : bytes) {
    out += kDigits[static_cast<unsigned char>(byte) >> 4U];
    out += kDigits[static_cast<unsigned char>(byte) & 15U];
  }
  return out;
}

TEST(EventFile, IsByteForByteWhatTensorboardWrites) {
  // tensorboard 2.21's RecordWriter with the same two Event messages.
  EXPECT_EQ(
      "1800000000000000a37f4b2209000000000000f03f1a0d627261696e2e4576656e743a3286bf577a"
      "1a00000000000000129bd82d09000000000000004010ac022a0c0a0a0a03612f62150000003f133d26ac",
      hex(event_file(1, {{.step = 300, .wall_time = 2, .scalars = {{"a/b", 0.5}}}})));
}

TEST(EventFile, LeavesOutWhatIsUndefined) {
  const double undefined = evaluation::kUndefined;
  EXPECT_EQ(event_file(0, {}), event_file(0, {{.step = 1, .wall_time = 0, .scalars = {{"x", undefined}}}}));
  const std::string file =
      event_file(0, {{.step = 1, .wall_time = 0, .scalars = {{"dropped", undefined}, {"kept", 1}}}});
  EXPECT_FALSE(holds(file, "dropped"));
  EXPECT_TRUE(holds(file, "kept"));
}

TEST(ScalarSteps, GoEpochByEpochAndEndWithTheTestFigures) {
  const RunReport report = tests::sample_run();
  const std::vector<ScalarStep> steps = scalar_steps(report);
  ASSERT_EQ(3U, steps.size());           // one epoch of each stage, then the test
  constexpr double kStart = 1735689600;  // 2025-01-01T00:00:00Z
  EXPECT_EQ("source/training/loss", steps[0].scalars[0].tag);
  EXPECT_EQ(kStart + 1.5, steps[0].wall_time);
  EXPECT_EQ("training/loss", steps[1].scalars[0].tag);
  EXPECT_EQ(0.1 + 0.2, steps[1].scalars[0].value);
  EXPECT_EQ(kStart + 3, steps[1].wall_time);
  EXPECT_EQ("test/accuracy", steps[2].scalars[0].tag);
  EXPECT_EQ(0.75, steps[2].scalars[0].value);
  EXPECT_EQ(steps[1].step, steps[2].step);
  EXPECT_EQ(event_file(report), event_file(report));
}

TEST(ScalarSteps, AnEmptyReportHasNone) {
  EXPECT_TRUE(scalar_steps(RunReport{}).empty());
  EXPECT_EQ(event_file(0, {}), event_file(RunReport{}));
}

}  // namespace
}  // namespace tt::report
