#include "tokenizer/added_tokens.hpp"

#include "transfer_tune/core/error.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

using tt::tokenizer::AddedToken;
using tt::tokenizer::AddedTokenFinder;
using tt::tokenizer::Piece;

namespace {

using Found = std::vector<std::pair<std::string, std::int32_t>>;

AddedTokenFinder finder_of(const std::vector<AddedToken>& tokens) {
  AddedTokenFinder finder;
  for (const auto& token : tokens) finder.add(token.content, token);
  return finder;
}

Found split(const AddedTokenFinder& finder, std::string_view text) {
  std::vector<Piece> pieces;
  finder.split(text, pieces);
  Found out;
  for (const auto& piece : pieces) out.emplace_back(piece.text, piece.id);
  return out;
}

constexpr auto kText = Piece::kText;

}  // namespace

TEST(AddedTokens, WithoutAnyTheTextIsOnePiece) {
  const AddedTokenFinder finder;
  EXPECT_TRUE(split(finder, "").empty());
  EXPECT_EQ(split(finder, "text"), (Found{{"text", kText}}));
}

TEST(AddedTokens, TakesTheLeftmostAndOfThoseTheLongest) {
  const auto finder = finder_of({{.id = 1, .content = "ab"}, {.id = 2, .content = "abc"}, {.id = 3, .content = "bcd"}});
  EXPECT_EQ(split(finder, "abcd"), (Found{{"abc", 2}, {"d", kText}}));
  EXPECT_EQ(split(finder, "xabbcd"), (Found{{"x", kText}, {"ab", 1}, {"bcd", 3}}));
}

TEST(AddedTokens, ASingleWordIsNotInsideAWord) {
  const auto finder = finder_of({{.id = 1, .content = "ab", .single_word = true}});
  EXPECT_EQ(split(finder, "ab"), (Found{{"ab", 1}}));
  EXPECT_EQ(split(finder, "(ab)"), (Found{{"(", kText}, {"ab", 1}, {")", kText}}));
  for (const char* word : {"xab", "abx", "éab", "ab_", "ab你", "ab\u0301"}) {
    EXPECT_EQ(split(finder, word), (Found{{word, kText}})) << word;
  }
  EXPECT_EQ(split(finder, "ab\U0001F600"), (Found{{"ab", 1}, {"\U0001F600", kText}}));
}

TEST(AddedTokens, AFindThatIsInsideAWordStillUsesUpItsText) {
  const auto finder = finder_of({{.id = 1, .content = "ab", .single_word = true}, {.id = 2, .content = "b"}});
  EXPECT_EQ(split(finder, "xab b"), (Found{{"xab ", kText}, {"b", 2}}));
}

TEST(AddedTokens, TakeTheWhitespaceBesideThem) {
  const auto finder = finder_of({{.id = 1, .content = "<", .lstrip = true}, {.id = 2, .content = ">", .rstrip = true}});
  EXPECT_EQ(split(finder, "a \u3000\n< b"), (Found{{"a", kText}, {" \u3000\n<", 1}, {" b", kText}}));
  EXPECT_EQ(split(finder, "a > \u00A0b"), (Found{{"a ", kText}, {"> \u00A0", 2}, {"b", kText}}));
  EXPECT_EQ(split(finder, ">  <"), (Found{{">  ", 2}, {"<", 1}})) << "whitespace goes to one of them";
}

TEST(AddedTokens, OfTwoWithTheSamePatternTheFirstCounts) {
  AddedTokenFinder finder;
  finder.add("foo", {.id = 1, .content = "Foo"});
  finder.add("foo", {.id = 2, .content = "foo"});
  EXPECT_EQ(split(finder, "foo"), (Found{{"foo", 1}}));
  EXPECT_THROW(finder.add("", {.id = 3, .content = "\u0301"}), tt::CheckpointError);
}
