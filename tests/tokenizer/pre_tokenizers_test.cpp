#include "tokenizer/byte_level.hpp"
#include "tokenizer/regex.hpp"
#include "tokenizer/split.hpp"
#include "transfer_tune/core/error.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace {

using namespace tt;
using namespace tt::tokenizer;

using Found = std::vector<std::pair<std::string, std::size_t>>;

template <class Part>
Found words_of(const Part& part, std::string_view text, std::size_t start = 0) {
  Words words;
  part.split(std::vector{Word{text, start}}, words);
  Found out;
  for (const Word& word : words.list()) out.emplace_back(word.text, word.start);
  return out;
}

TEST(ByteLevel, PartsWordsWritesBytesAndKnowsWhereTheyStart) {
  const ByteLevel part({.add_prefix_space = false, .use_regex = true});
  EXPECT_EQ(
      words_of(part, "It's 12  caf\u00e9\n"),
      (Found{{"It", 0}, {"'s", 2}, {"\u012012", 4}, {"\u0120", 7}, {"\u0120caf\u00c3\u00a9", 8}, {"\u010a", 14}}));
  EXPECT_EQ(words_of(part, ""), Found{});
}

TEST(ByteLevel, PutsASpaceInFrontWhereThereIsNone) {
  const ByteLevel part({.add_prefix_space = true, .use_regex = true});
  EXPECT_EQ(words_of(part, "a b", 5), (Found{{"\u0120a", 5}, {"\u0120b", 6}})) << "the space is not of the text";
  EXPECT_EQ(words_of(part, " a", 5), (Found{{"\u0120a", 5}}));
  EXPECT_EQ(words_of(ByteLevel({.add_prefix_space = true, .use_regex = false}), "a b"), (Found{{"\u0120a\u0120b", 0}}));
}

TEST(ByteLevel, KeepsManyWordsAliveInOneBuffer) {
  Words words;
  const std::string text(1000, '\xff');
  ByteLevel({.add_prefix_space = true, .use_regex = false})
      .split(std::vector{Word{text}, Word{text, 1000}, Word{text, 2000}}, words);
  ASSERT_EQ(words.list().size(), 3U);
  for (const Word& word : words.list()) EXPECT_EQ(word.text.substr(0, 6), "\u0120\u00ff\u00ff");
}

TEST(Split, IsolatesOrRemovesMatches) {
  EXPECT_EQ(words_of(Split(R"(\s+)", false), "a  b c"), (Found{{"a", 0}, {"  ", 1}, {"b", 3}, {" ", 4}, {"c", 5}}));
  EXPECT_EQ(words_of(Split(R"(\s+)", true), " a  b", 3), (Found{{"a", 4}, {"b", 7}}));
}

TEST(Regex, MeansWhatOnigurumaMeans) {
  const Regex space(R"(\s)");
  EXPECT_FALSE(space.find("\u180e", 0)) << "white space to PCRE2 alone";
  EXPECT_TRUE(space.find("\u0085", 0));
  EXPECT_TRUE(Regex(R"(\p{L})").find("\u1c89", 0)) << "a letter since Unicode 16";
  EXPECT_FALSE(Regex(R"(\P{L})").find("\U00031350", 0)) << "a letter since Unicode 15";
}

TEST(Regex, RefusesWhatTheTwoReadDifferently) {
  for (const char* pattern :
       {"^a", "a$", ".", R"(\w)", R"(\d)", R"(\b)", R"(\h)", R"(\p{Greek})", R"(\p{L)", "[a&&b]", "[a[b]]",
        "[[:alpha:]]", "[^\\S]", "a{2}+", "(?m:a)", "(?<name>a)", "(*UCP)a", "[a", "\\"}) {
    EXPECT_THROW((void)translate_pattern(pattern), CheckpointError) << pattern;
  }
  EXPECT_THROW(Regex("(a"), CheckpointError);
  EXPECT_EQ(translate_pattern(R"([^\r\n\p{Nd}]?+(?!\-)x)"),
            R"([^\r\n\p{Nd})" + std::string(find_regex_class("Nd")->newer) + R"(]?+(?!\-)x)");
}

}  // namespace
