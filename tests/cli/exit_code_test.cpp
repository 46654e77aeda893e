#include "support/messages.hpp"
#include "transfer_tune/cli/program.hpp"
#include "transfer_tune/core/error.hpp"

#include <gtest/gtest.h>

#include <new>
#include <stdexcept>
#include <string>

namespace {

using namespace tt;
using tests::holds;

struct Ending {
  int code;
  std::string printed;
};

Ending ending_of(const std::function<void()>& work) {
  ::testing::internal::CaptureStderr();
  const int code = cli::run_guarded(work);
  return {code, ::testing::internal::GetCapturedStderr()};
}

TEST(ExitCode, IsTheErrorsKind) {
  EXPECT_EQ(ending_of([] {}).code, 0);
  EXPECT_EQ(ending_of([] { throw InternalError("x"); }).code, 1);
  EXPECT_EQ(ending_of([] { throw UsageError("x"); }).code, 2);
  EXPECT_EQ(ending_of([] { throw DataError("x"); }).code, 3);
  EXPECT_EQ(ending_of([] { throw CheckpointError("x"); }).code, 4);
  EXPECT_EQ(ending_of([] { throw IoError("x"); }).code, 5);
  EXPECT_EQ(ending_of([] { throw NonFiniteError("x"); }).code, 6);
  EXPECT_EQ(ending_of([] { throw GateError("x"); }).code, 7);
  EXPECT_EQ(ending_of([] { throw InterruptedError("x"); }).code, 130);
}

TEST(ExitCode, IsOneForWhatNobodyExpected) {
  const Ending torch = ending_of([] { throw std::runtime_error("sizes differ\nException raised from …"); });
  EXPECT_EQ(torch.code, 1);
  EXPECT_EQ(torch.printed, "transfer-tune: error: internal: sizes differ\n");
  const Ending memory = ending_of([] { throw std::bad_alloc(); });
  EXPECT_EQ(memory.code, 1);
  EXPECT_TRUE(holds(memory.printed, "out of memory"));
}

TEST(ExitCode, EveryLineOfAMessageSaysWhoseItIs) {
  EXPECT_EQ(ending_of([] { throw UsageError("/a: bad\n  indented\n/b: bad"); }).printed,
            "transfer-tune: error: /a: bad\n  indented\ntransfer-tune: error: /b: bad\n");
}

}  // namespace
