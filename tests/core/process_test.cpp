#include "transfer_tune/core/process.hpp"

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

namespace tt {
namespace {

using namespace std::chrono_literals;

TEST(SecondsSinceProgramStart, BeganBeforeMainAndGoOn) {
  const double before = seconds_since_program_start();
  EXPECT_GT(before, 0);
  std::this_thread::sleep_for(20ms);
  EXPECT_GE(seconds_since_program_start(), before + 0.02);
}

TEST(SecondsSinceProgramStart, BeginAnewInAForkedChild) {
  std::this_thread::sleep_for(200ms);
  const double before = seconds_since_program_start();
  ASSERT_GE(before, 0.2);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) ::_exit(seconds_since_program_start() < 0.2 ? 0 : 1);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_GE(seconds_since_program_start(), before);
}

}  // namespace
}  // namespace tt
