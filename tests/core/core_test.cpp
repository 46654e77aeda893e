#include "support/messages.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/log.hpp"
#include "transfer_tune/core/memory.hpp"
#include "transfer_tune/core/owned_files.hpp"
#include "transfer_tune/core/quiet_log.hpp"
#include "transfer_tune/core/random.hpp"
#include "transfer_tune/core/text.hpp"

#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <functional>
#include <numeric>
#include <span>
#include <sstream>
#include <string>
#include <vector>

namespace fs = std::filesystem;
using namespace tt;
using tests::holds;

TEST(Text, QuoteEscapesWhatAMessageMustNotCarry) {
  EXPECT_EQ(quote("a\"b\\\n\t\x1b[0m"), "\"a\\\"b\\\\\\n\\t\\x1b[0m\"");
  EXPECT_EQ(quote("caf\xc3\xa9 \xff"), "\"caf\xc3\xa9 \\xff\"");
  EXPECT_EQ(quote(std::string(100, 'x'), 3), "\"xxx…\"");
}

TEST(Text, FindsInvalidUtf8) {
  EXPECT_FALSE(find_invalid_utf8("plain, \xc3\xa9, \xe2\x82\xac, \xf0\x9f\x98\x80"));
  EXPECT_EQ(find_invalid_utf8("ab\xc0\x80"), 2U);         // overlong
  EXPECT_EQ(find_invalid_utf8("\xed\xa0\x80"), 0U);       // surrogate
  EXPECT_EQ(find_invalid_utf8("x\xf4\x90\x80\x80"), 1U);  // beyond U+10FFFF
  EXPECT_EQ(find_invalid_utf8("x\xe2\x82"), 1U);          // cut off
}

TEST(Text, ValidUtf8ReplacesEachBadByte) {
  EXPECT_EQ(valid_utf8("plain, \xe2\x82\xac"), "plain, \xe2\x82\xac");
  EXPECT_EQ(valid_utf8("a\xff\xe2\x82z\xed\xa0\x80"),
            "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

TEST(Text, NearestName) {
  const std::vector<std::string> names{"epochs", "batch_size", "learning_rate"};
  EXPECT_EQ(nearest_name("epoch", names), "epochs");
  EXPECT_EQ(nearest_name("learnign_rate", names), "learning_rate");
  EXPECT_FALSE(nearest_name("zzzzzz", names));
}

TEST(Text, PointerEscape) {
  EXPECT_EQ(pointer_escape("a/b~c"), "a~1b~0c");
  EXPECT_EQ(pointer_escape(""), "");
}

TEST(Text, Glob) {
  EXPECT_TRUE(matches_glob("encoder.layer.*.bias", "encoder.layer.3.attention.self.query.bias"));
  EXPECT_TRUE(matches_glob("layer.?", "layer.3"));
  EXPECT_FALSE(matches_glob("layer.?", "layer.13"));
  EXPECT_FALSE(matches_glob("*.weight", "a.bias"));
  EXPECT_TRUE(matches_glob("*a*b*", "xxaxxbxx"));
}

TEST(Random, PhiloxMatchesThePublishedVector) {
  // Known-answer test of Random123: counter 0, key 0.
  EXPECT_EQ(philox(0, 0), (std::array<std::uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
}

TEST(Random, StreamsDependOnTheirKeyAlone) {
  RandomStream a(random_key(7, RandomPurpose::shuffle, 1));
  RandomStream b(random_key(7, RandomPurpose::shuffle, 1));
  RandomStream c(random_key(7, RandomPurpose::shuffle, 2));
  RandomStream d(random_key(7, RandomPurpose::split, 1));
  const auto first = a.next();
  EXPECT_EQ(first, b.next());
  EXPECT_NE(first, c.next());
  EXPECT_NE(first, d.next());
}

TEST(Random, BelowIsUniformAndShuffleIsAPermutation) {
  RandomStream stream(random_key(1, RandomPurpose::shuffle));
  std::array<int, 6> counts{};
  for (int i = 0; i < 60000; ++i) ++counts.at(stream.below(6));
  for (const int count : counts) EXPECT_NEAR(count, 10000, 500);
  std::vector<int> items(100);
  std::iota(items.begin(), items.end(), 0);
  auto shuffled = items;
  shuffle(std::span(shuffled), stream);
  EXPECT_NE(shuffled, items);
  std::sort(shuffled.begin(), shuffled.end());
  EXPECT_EQ(shuffled, items);
}

TEST(Random, NormalHasUnitMoments) {
  RandomStream stream(random_key(3, RandomPurpose::initialise));
  double sum = 0;
  double squares = 0;
  constexpr int count = 100000;
  for (int i = 0; i < count; ++i) {
    const double x = stream.normal();
    sum += x;
    squares += x * x;
  }
  EXPECT_NEAR(sum / count, 0.0, 0.02);
  EXPECT_NEAR(squares / count, 1.0, 0.02);
}

TEST(Files, Sha256OfKnownText) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Files, MissingAndDirectoryAreErrorsOfTheAskedKind) {
  const tests::TemporaryDirectory dir;
  for (const auto& path : {dir.path() / "absent", dir.path()}) {
    EXPECT_TRUE(holds(tests::message_of<DataError>([&] { (void)read_file(path, ErrorKind::data); }), path.string()));
  }
}

TEST(Files, AGitLfsPointerIsNotWhatAReaderWants) {
  const tests::TemporaryDirectory dir;
  const fs::path file = dir.path() / "train.csv";
  write_file(file, "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n");
  const auto expect_named = [&](const std::function<void()>& read) {
    const std::string message = tests::message_of<DataError>(read);
    EXPECT_TRUE(holds(message, file.string() + ": a Git LFS pointer"));
    EXPECT_TRUE(holds(message, "git lfs pull"));
  };
  expect_named([&] { (void)read_file(file, ErrorKind::data); });
  expect_named([&] { (void)MappedFile(file, ErrorKind::data); });
}

/// Pages of the file that are in this process's memory.
std::size_t resident_pages(std::span<const std::byte> bytes) {
  std::ifstream maps("/proc/self/smaps");
  std::ostringstream start;
  start << std::hex << reinterpret_cast<std::uintptr_t>(bytes.data()) << '-';
  std::string line;
  while (std::getline(maps, line) && !line.starts_with(start.str())) {
  }
  while (std::getline(maps, line) && !line.starts_with("Rss:")) {
  }
  return std::stoul(line.substr(line.find_first_of("0123456789"))) / 4;
}

TEST(Files, PagesOfMappedFilesAreGivenBackAndReadAgain) {
  const tests::TemporaryDirectory dir;
  const fs::path file = dir.path() / "weights";
  write_file(file, std::string(std::size_t{1} << 20U, 'x'));
  const MappedFile mapped(file, ErrorKind::checkpoint);
  const auto count = [&] { return std::ranges::count(mapped.bytes(), std::byte{'x'}); };
  EXPECT_EQ(count(), 1 << 20);
  EXPECT_GE(resident_pages(mapped.bytes()), 256U);
  release_memory();
  EXPECT_EQ(resident_pages(mapped.bytes()), 0U);
  EXPECT_EQ(count(), 1 << 20);
}

TEST(Files, ReplaceKeepsTheOldContentWhenWritingFails) {
  const tests::TemporaryDirectory dir;
  replace_file(dir.path() / "a", "old");
  replace_file(dir.path() / "a", "new");
  EXPECT_EQ(read_file(dir.path() / "a", ErrorKind::io), "new");
  fs::create_directories(dir.path() / "taken" / "x");
  EXPECT_THROW(replace_file(dir.path() / "taken", "text"), IoError);
  EXPECT_EQ(std::distance(fs::directory_iterator(dir.path()), fs::directory_iterator{}), 2);
}

TEST(Files, AppendKeepsWhatIsThere) {
  const tests::TemporaryDirectory directory;
  const fs::path file = directory.path() / "summary.md";
  append_file(file, "one\n");
  append_file(file, "two\n");
  EXPECT_EQ(read_file(file, ErrorKind::io), "one\ntwo\n");
  EXPECT_THROW(append_file(directory.path() / "none/summary.md", "x"), IoError);
}

TEST(Files, FullDiskIsAnIoError) {
  FileWriter writer("/dev/full");
  writer.write("x");
  EXPECT_THROW(writer.close(), IoError);
}

TEST(QuietLog, LowersWhatIsNoErrorWhileItLives) {
  std::vector<std::pair<LogLevel, std::string>> lines;
  set_log_sink([&](LogLevel level, std::string_view message) { lines.emplace_back(level, message); });
  log_info("before");
  {
    const QuietLog one;
    const QuietLog other;
    log_warning("within");
  }
  log_warning("after");
  set_log_sink({});
  const std::vector<std::pair<LogLevel, std::string>> expected{
      {LogLevel::info, "before"}, {LogLevel::debug, "within"}, {LogLevel::warning, "after"}};
  EXPECT_EQ(lines, expected);
}
