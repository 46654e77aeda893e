#include "runs/run_log.hpp"
#include "support/messages.hpp"
#include "support/temporary_directory.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/files.hpp"

#include <gtest/gtest.h>

using namespace tt;
using tests::holds;

TEST(RunLog, HoldsEveryLineAtOnce) {
  const tests::TemporaryDirectory directory;
  runs::RunLog log(directory.path() / "log.jsonl");
  log_info("one");
  EXPECT_TRUE(holds(read_file(directory.path() / "log.jsonl", ErrorKind::io), "\"one\""));
  log.close();
  log_info("two");
  EXPECT_FALSE(holds(read_file(directory.path() / "log.jsonl", ErrorKind::io), "\"two\""));
}

TEST(RunLog, ALineThatCannotBeWrittenIsSaidAtItsEnd) {
  runs::RunLog log("/dev/full");
  log_info("one");
  log_info("two");
  EXPECT_THROW(log.close(), IoError);
  EXPECT_THROW(runs::RunLog("/none/log.jsonl"), IoError);
}
