#include "charsmap_blob.hpp"
#include "support/messages.hpp"
#include "tokenizer/bpe.hpp"
#include "tokenizer/regex.hpp"
#include "tokenizer_files.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/tokenizer/tokenizer.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

// Files that would take hours or all of the memory: each is refused before it does.

namespace {

using namespace tt;
using namespace tt::tokenizer;
using nlohmann::json;
using tests::holds;
using tests::message_of;

/// What the tokenizer of `document` says to `text`; empty: it has ids for it.
std::string fault_of(const json& document, std::string_view text) {
  const tests::TokenizerFiles files;
  files.write_json("tokenizer.json", document);
  return message_of([&] { (void)Tokenizer::from_directory(files.path()).encode(text, 8); });
}

json with_normalizers(const std::vector<json>& parts) {
  json document = tests::small_tokenizer();
  document["normalizer"] = {{"type", "Sequence"}, {"normalizers", parts}};
  return document;
}

TEST(TokenizerLimits, APatternHasSoManyStepsForAByte) {
  const std::string text(2000, 'a');
  // Ways to part the text: n², n³, 2ⁿ.
  for (const char* pattern : {"a*a*a*(?=c)", "[^b]*[^b]*[^b]*[^b]*(?=c)", "(?:a+)+(?=c)", "(?:a|a)*(?=c)"}) {
    const Regex regex(pattern);
    Regex::Steps steps(text.size());
    EXPECT_TRUE(holds(message_of([&] { (void)regex.find(text, 0, steps); }), "more steps than 2000 bytes")) << pattern;
  }
}

TEST(TokenizerLimits, AMatchOfAnyLengthIsWithinThem) {
  const std::string text(1'000'000, ' ');
  const Regex regex(R"(\s+(?!\S)|\s+)");
  Regex::Steps steps(text.size());
  const auto match = regex.find(text, 0, steps);
  ASSERT_TRUE(match);
  EXPECT_EQ(match->end, text.size());
  const std::string word = text + "x";
  Regex::Steps again(word.size());
  EXPECT_EQ(regex.find(word, 0, again)->end, text.size() - 1) << "it steps back by one";
}

TEST(TokenizerLimits, APatternHasALength) {
  EXPECT_TRUE(holds(message_of([] { (void)Regex(std::string(5000, 'a')); }), "5000 bytes, expected at most 4096"));
}

TEST(TokenizerLimits, NormalizersDoNotDoubleATextAgainAndAgain) {
  const json twice{{"type", "Replace"}, {"pattern", {{"String", "a"}}}, {"content", "aa"}};
  EXPECT_EQ(fault_of(with_normalizers(std::vector<json>(4, twice)), "aaaa"), "");
  EXPECT_TRUE(holds(fault_of(with_normalizers(std::vector<json>(16, twice)), "aaaa"), "of a text of 4"));
  EXPECT_TRUE(
      holds(fault_of(with_normalizers(std::vector<json>(16, {{"type", "ByteLevel"}})), "\u00e9"), "of a text of 2"));
  const json large{{"type", "Replace"}, {"pattern", {{"String", "a"}}}, {"content", std::string(100'000, 'b')}};
  EXPECT_TRUE(holds(fault_of(with_normalizers({large}), std::string(100'000, 'a')), "of a text of 100000"));
}

TEST(TokenizerLimits, PreTokenizersDoNotEither) {
  json document = tests::small_tokenizer();
  const json bytes{{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}};
  document["pre_tokenizer"] = {{"type", "Sequence"}, {"pretokenizers", std::vector<json>(16, bytes)}};
  EXPECT_TRUE(holds(fault_of(document, "\u00f8"), "of a text of 2"));
}

TEST(TokenizerLimits, PartsAreFew) {
  EXPECT_EQ(fault_of(with_normalizers(std::vector<json>(16, {{"type", "NFC"}})), "a"), "");
  EXPECT_TRUE(holds(fault_of(with_normalizers(std::vector<json>(17, {{"type", "NFC"}})), "a"),
                    "/normalizer/normalizers/16: is one of more than 16 parts"));
}

TEST(TokenizerLimits, ACharacterOfACharsmapBecomesSoMuch) {
  const auto with = [](std::size_t bytes) {
    const std::string blob = tests::charsmap_blob({{"a", std::string(bytes, 'b')}, {"c", "d"}});
    return with_normalizers({{{"type", "Precompiled"}, {"precompiled_charsmap", tests::base64_of(blob)}}});
  };
  EXPECT_EQ(fault_of(with(256), "x"), "");
  EXPECT_TRUE(holds(fault_of(with(257), "x"), "more than 256 bytes"));
}

TEST(TokenizerLimits, TokensThatAreLookedForAtEveryPlaceHaveALength) {
  const std::string longest(1024, 'a');
  for (const std::string& token : {longest, longest + "a"}) {
    const std::string expected = token.size() > 1024 ? "has 1025 bytes, expected at most 1024" : "";
    json document = tests::small_tokenizer();
    document["model"]["vocab"][token] = document["model"]["vocab"].size();
    EXPECT_TRUE(holds(fault_of(document, "a"), expected));
    EXPECT_EQ(fault_of(document, "a").empty(), expected.empty());
    document = tests::small_tokenizer();
    document["added_tokens"].push_back({{"id", document["model"]["vocab"].size()}, {"content", token}});
    EXPECT_TRUE(holds(fault_of(document, "a"), expected));
    document = tests::small_tokenizer();
    json pieces = json::array();
    for (const char* special : {"[PAD]", "[UNK]", "[CLS]", "[SEP]"}) pieces.push_back(json::array({special, 0}));
    pieces.push_back(json::array({token, -1}));
    document["model"] = {{"type", "Unigram"}, {"unk_id", 1}, {"vocab", pieces}};
    EXPECT_TRUE(holds(fault_of(document, "a"), expected));
  }
}

TEST(TokenizerLimits, MergesThatAreMadeToHaveOneHashAreRefused) {
  // Of pairs whose product with the table's odd factor has the same upper bits: multiples of its inverse.
  std::uint64_t inverse = 1;
  for (int i = 0; i < 6; ++i) inverse *= 2 - 0x9E3779B97F4A7C15U * inverse;
  MergeTable merges;
  const auto insert_all = [&] {
    for (std::uint32_t i = 0; i < 10'000; ++i) {
      const std::uint64_t pair = inverse * i;
      merges.insert(static_cast<std::int32_t>(pair >> 32U), static_cast<std::int32_t>(pair), {i, 0});
    }
  };
  EXPECT_TRUE(holds(message_of(insert_all), "thousands of merges have one hash"));
}

TEST(TokenizerLimits, WhiteSpaceBesideAddedTokensIsGoneThroughOnce) {
  json document = tests::small_tokenizer();
  const std::size_t next = document["model"]["vocab"].size();
  for (const char* side : {"lstrip", "rstrip"}) {
    document["added_tokens"].push_back({{"id", next}, {"content", "  "}, {side, true}, {"normalized", false}});
    EXPECT_EQ(fault_of(document, std::string(400'000, ' ')), "");
    document["added_tokens"].erase(document["added_tokens"].size() - 1);
  }
}

}  // namespace
