#include "transfer_tune/core/owned_files.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/text.hpp"

#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <string>
#include <vector>

namespace fs = std::filesystem;
using namespace tt;

namespace {

bool is_part_of_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// The first call in `text` that removes or renames a file.
std::string find_call(const std::string& text) {
  for (std::string name :
       {"remove(", "rename(", "remove_all(", "unlink(", "unlinkat(", "rmdir(", "renameat(", "renameat2("}) {
    const bool is_everyday_word = name == "remove(" || name == "rename(";
    for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + 1)) {
      const bool is_qualified = at >= 2 && text.compare(at - 2, 2, "::") == 0;
      const bool is_whole = at == 0 || !is_part_of_name(text[at - 1]);
      if (is_qualified || (is_whole && !is_everyday_word)) return name;
    }
  }
  return "";
}

}  // namespace

// Nothing of the user's can be lost as long as whatever removes or renames goes through one file.
TEST(OwnedFiles, HoldEveryCallThatRemovesOrRenames) {
  std::size_t files = 0;
  for (const char* root : {"src", "include"}) {
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(TT_SOURCE_DIR) / root)) {
      if (!entry.is_regular_file()) continue;
      const bool is_the_one = entry.path().filename() == "owned_files.cpp";
      EXPECT_EQ(!find_call(read_file(entry.path(), ErrorKind::internal)).empty(), is_the_one) << entry.path();
      ++files;
    }
  }
  EXPECT_GT(files, 100U);
}

TEST(OwnedFiles, ReplacingTakesNoNameThatIsTaken) {
  const tests::TemporaryDirectory dir;
  const fs::path mine = dir.path() / concat("page.html.tmp-", ::getpid());
  write_file(mine, "mine");
  replace_file(dir.path() / "page.html", "one");
  EXPECT_EQ(read_file(mine, ErrorKind::io), "mine");
  EXPECT_EQ(std::distance(fs::directory_iterator(dir.path()), fs::directory_iterator{}), 2);
}

TEST(OwnedFiles, ReplacingFollowsALinkAndWritesToADevice) {
  const tests::TemporaryDirectory dir;
  write_file(dir.path() / "file", "old");
  fs::create_symlink("file", dir.path() / "link");
  replace_file(dir.path() / "link", "new");
  EXPECT_TRUE(fs::is_symlink(dir.path() / "link"));
  EXPECT_EQ(read_file(dir.path() / "file", ErrorKind::io), "new");
  replace_file("/dev/null", "text");
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  fs::create_symlink("nowhere", dir.path() / "dangling");
  EXPECT_THROW(replace_file(dir.path() / "dangling", "text"), IoError);
  EXPECT_TRUE(fs::is_symlink(dir.path() / "dangling"));
}

TEST(OwnedFiles, TheCacheMakesRoomAmongItsOwnAlone) {
  const tests::TemporaryDirectory dir;
  const std::string key(32, 'a');
  const std::string other(32, 'b');
  const auto put = [&](const std::string& name, int hours_ago) {
    write_file(dir.path() / name, "0123456789");
    fs::last_write_time(dir.path() / name, fs::file_time_type::clock::now() - std::chrono::hours(hours_ago));
  };
  put(key + ".safetensors", 3);
  put(other + ".safetensors", 2);
  put("mine.safetensors", 9);
  put(key + ".partial.77", 2);
  put(other + ".partial.78", 0);
  put("mine.partial.79", 9);
  make_cache_room(dir.path(), ".safetensors", 5, 15);
  std::vector<std::string> left;
  for (const auto& entry : fs::directory_iterator(dir.path())) left.push_back(entry.path().filename().string());
  std::sort(left.begin(), left.end());
  EXPECT_EQ(left, (std::vector<std::string>{other + ".partial.78", other + ".safetensors", "mine.partial.79",
                                            "mine.safetensors"}));
}
