#include "transfer_tune/core/file_lock.hpp"

#include "support/temporary_directory.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/hub_name.hpp"
#include "transfer_tune/core/owned_files.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <thread>

namespace fs = std::filesystem;
using namespace tt;

TEST(FileLock, IsHeldByOneAtATime) {
  const tests::TemporaryDirectory dir;
  std::optional<FileLock> first(dir.path() / "lock");
  std::atomic<bool> got = false;
  std::thread second([&] {
    const FileLock lock(dir.path() / "lock");
    got = true;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(150));
  EXPECT_FALSE(got);
  first.reset();
  second.join();
  EXPECT_TRUE(got);
  EXPECT_TRUE(fs::exists(dir.path() / "lock")) << "others may wait for it";
  EXPECT_THROW(FileLock(dir.path() / "absent" / "lock"), IoError);
}

TEST(Downloads, OnlyTheirOwnNamesAreTouched) {
  const tests::TemporaryDirectory dir;
  const fs::path part = dir.path() / "abc.incomplete";
  write_file(part, "one");
  keep_download(part);
  EXPECT_EQ(read_file(dir.path() / "abc", ErrorKind::io), "one");
  write_file(part, "two");
  discard_download(part);
  EXPECT_FALSE(fs::exists(part));
  EXPECT_THROW(discard_download(dir.path() / "abc"), InternalError);
  EXPECT_THROW(keep_download(dir.path() / "abc"), InternalError);
  fs::create_symlink("abc", part);
  EXPECT_THROW(discard_download(part), InternalError);
  EXPECT_EQ(read_file(dir.path() / "abc", ErrorKind::io), "one");
}

TEST(HubName, HasTheFormOfOne) {
  for (const char* name : {"bert", "bert-base-uncased", "org/name", "Org_1/na.me", "a/b"}) {
    EXPECT_TRUE(is_hub_name(name)) << name;
  }
  for (const char* odd :
       {"", "/", "a/", "/a", "a/b/c", "../a", "a/..", ".a/b", "a/-b", "a--b/c", "a b", "~/a", "ü/a"}) {
    EXPECT_FALSE(is_hub_name(odd)) << odd;
  }
  EXPECT_FALSE(is_hub_name(std::string(97, 'a')));
}
