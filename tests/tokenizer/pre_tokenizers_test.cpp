#include "tokenizer/byte_level.hpp"
#include "tokenizer/character_splits.hpp"
#include "tokenizer/metaspace.hpp"
#include "tokenizer/regex.hpp"
#include "tokenizer/split.hpp"
#include "transfer_tune/core/error.hpp"

#include "support/messages.hpp"
#include "tokenizer_files.hpp"

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

Split split_of(const nlohmann::json& pattern, const char* behavior, bool inverted = false) {
  return tests::read_part<Split>({{"pattern", pattern}, {"behavior", behavior}, {"invert", inverted}});
}

TEST(Split, DoesEachBehaviorWithMatchesOrWithWhatIsBetweenThem) {
  const nlohmann::json spaces{{"Regex", R"(\s+)"}};
  EXPECT_EQ(words_of(split_of(spaces, "Isolated"), "a  b c"),
            (Found{{"a", 0}, {"  ", 1}, {"b", 3}, {" ", 4}, {"c", 5}}));
  EXPECT_EQ(words_of(split_of(spaces, "Removed"), " a  b", 3), (Found{{"a", 4}, {"b", 7}}));
  EXPECT_EQ(words_of(split_of(spaces, "Removed", true), " a  b"), (Found{{" ", 0}, {"  ", 2}}));
  const nlohmann::json dot{{"String", "."}};
  EXPECT_EQ(words_of(split_of(dot, "Contiguous"), "a..b."), (Found{{"a", 0}, {"..", 1}, {"b", 3}, {".", 4}}));
  EXPECT_EQ(words_of(split_of(dot, "MergedWithPrevious"), ".a..b"), (Found{{".", 0}, {"a.", 1}, {".", 3}, {"b", 4}}));
  EXPECT_EQ(words_of(split_of(dot, "MergedWithNext"), "a..b."), (Found{{"a", 0}, {".", 1}, {".b", 2}, {".", 4}}));
}

TEST(Split, RefusesWhatItCannotDo) {
  const auto message = [](const nlohmann::json& pattern, const char* behavior) {
    return tests::message_of<CheckpointError>([&] { static_cast<void>(split_of(pattern, behavior)); });
  };
  EXPECT_TRUE(tests::holds(message({{"String", "a"}}, "Odd"), "/behavior: the behavior \"Odd\" is not supported"));
  EXPECT_TRUE(tests::holds(message({{"Regex", "a*"}}, "Removed"), "/pattern/Regex: the pattern \"a*\" matches where"));
  EXPECT_TRUE(tests::holds(message({{"String", ""}}, "Removed"), "/pattern/String: the pattern \"\" matches where"));
  EXPECT_TRUE(tests::holds(message({{"Odd", ""}}, "Removed"), "/pattern: has no \"String\""));
}

TEST(CharacterSplits, PartWords) {
  EXPECT_EQ(words_of(WhitespaceSplit(), " a\u3000b,c\u0085", 2), (Found{{"a", 3}, {"b,c", 7}}));
  EXPECT_EQ(words_of(Whitespace(), " a_1 !?b"), (Found{{"a_1", 1}, {"!?", 5}, {"b", 7}}));
  EXPECT_EQ(words_of(Punctuation(Parting::isolated), "a,b!"), (Found{{"a", 0}, {",", 1}, {"b", 2}, {"!", 3}}));
  EXPECT_EQ(words_of(Punctuation(Parting::merged_with_previous), "a,b"), (Found{{"a,", 0}, {"b", 2}}));
  EXPECT_EQ(words_of(Digits(true), "a12"), (Found{{"a", 0}, {"1", 1}, {"2", 2}}));
  EXPECT_EQ(words_of(Digits(false), "12\u00bdb"), (Found{{"12\u00bd", 0}, {"b", 4}}));
  EXPECT_EQ(words_of(CharDelimiterSplit("-"), "a--b-"), (Found{{"a", 0}, {"b", 3}}));
  EXPECT_EQ(words_of(UnicodeScripts(), " aя b\u3042\u30a2\u6f22\u30fc1", 2),
            (Found{{"a", 3}, {"я ", 4}, {"b", 7}, {"\u3042\u30a2\u6f22\u30fc", 8}, {"1", 20}}))
      << "kana are Han, and a space begins no word";
  EXPECT_EQ(words_of(UnicodeScripts(), "  "), Found{});
  EXPECT_EQ(words_of(FixedLength(2), "aяb1c", 1), (Found{{"aя", 1}, {"b1", 4}, {"c", 6}}));
  EXPECT_EQ(words_of(FixedLength(2), "ab"), (Found{{"ab", 0}}));
  EXPECT_EQ(words_of(FixedLength(2), ""), Found{});
  EXPECT_EQ(tests::read_part<FixedLength>(nlohmann::json::object()).describe(), "FixedLength (5)");
  EXPECT_TRUE(tests::holds(tests::message_of<CheckpointError>([] {
                             (void)tests::read_part<FixedLength>(nlohmann::json{{"length", 0}});
                           }),
                           "/length"));
}

TEST(Metaspace, BeginsWordsWithItsMark) {
  const Metaspace part({});
  EXPECT_EQ(words_of(part, "a b", 7), (Found{{"\u2581a", 7}, {"\u2581b", 8}}));
  EXPECT_EQ(words_of(part, "  a\u2581b "), (Found{{"\u2581", 0}, {"\u2581a", 1}, {"\u2581b", 3}, {"\u2581", 7}}));
  EXPECT_EQ(words_of(Metaspace({.split = false}), "a b"), (Found{{"\u2581a\u2581b", 0}}));
  EXPECT_EQ(words_of(Metaspace({.prepend = Metaspace::Prepend::never}), "a b"), (Found{{"a", 0}, {"\u2581b", 1}}));
  const Metaspace first({.replacement = "_", .prepend = Metaspace::Prepend::first});
  EXPECT_EQ(words_of(first, "a b"), (Found{{"_a", 0}, {"_b", 1}}));
  EXPECT_EQ(words_of(first, "a b", 3), (Found{{"a", 3}, {"_b", 4}})) << "not where the text begins";
}

TEST(Metaspace, ReadsOldAndNewFiles) {
  const auto read = [](const char* text) {
    return tests::read_part<Metaspace>(nlohmann::json::parse(text)).describe();
  };
  EXPECT_EQ(read(R"({"replacement": "▁", "add_prefix_space": true})"),
            "Metaspace (▁ for spaces, put in front of every piece, words apart)");
  EXPECT_EQ(read(R"({"replacement": "_", "prepend_scheme": "first", "split": false})"),
            "Metaspace (_ for spaces, put in front of the text, text whole)");
  const auto message = [&](const char* text) { return tests::message_of<CheckpointError>([&] { read(text); }); };
  EXPECT_TRUE(tests::holds(message(R"({"replacement": "", "prepend_scheme": "never"})"), "/replacement: found \"\""));
  EXPECT_TRUE(
      tests::holds(message(R"({"replacement": "_", "prepend_scheme": "odd"})"), "/prepend_scheme: found \"odd\""));
  EXPECT_TRUE(
      tests::holds(message(R"({"replacement": "_", "add_prefix_space": false})"), "/add_prefix_space: found false"));
}

TEST(Regex, MeansWhatOnigurumaMeans) {
  const auto finds = [](const char* pattern, std::string_view text) {
    Regex::Steps steps(text.size());
    return Regex(pattern).find(text, 0, steps).has_value();
  };
  EXPECT_FALSE(finds(R"(\s)", "\u180e")) << "white space to PCRE2 alone";
  EXPECT_TRUE(finds(R"(\s)", "\u0085"));
  EXPECT_TRUE(finds(R"(\p{L})", "\u1c89")) << "a letter since Unicode 16";
  EXPECT_FALSE(finds(R"(\P{L})", "\U00031350")) << "a letter since Unicode 15";
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
