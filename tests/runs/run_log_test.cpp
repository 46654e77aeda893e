#include "runs/run_log.hpp"
#include "support/temporary_directory.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/files.hpp"

#include <gtest/gtest.h>

using namespace tt;

TEST(RunLog, HoldsEveryLineAtOnce) {
  const tests::TemporaryDirectory directory;
  runs::RunLog log(directory.path() / "log.jsonl");
  log_info("one");
  EXPECT_NE(read_file(directory.path() / "log.jsonl", ErrorKind::io).find("\"one\""), std::string::npos);
  log.close();
  log_info("two");
  EXPECT_EQ(read_file(directory.path() / "log.jsonl", ErrorKind::io).find("\"two\""), std::string::npos);
}

TEST(RunLog, ALineThatCannotBeWrittenIsSaidAtItsEnd) {
  runs::RunLog log("/dev/full");
  log_info("one");
  log_info("two");
  EXPECT_THROW(log.close(), IoError);
  EXPECT_THROW(runs::RunLog("/none/log.jsonl"), IoError);
}
