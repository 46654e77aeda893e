#include "tokenizer/unigram.hpp"

#include "support/messages.hpp"
#include "tokenizer/token_trie.hpp"
#include "tokenizer_files.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/tokenizer/tokenizer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace tt;
using nlohmann::json;
using tests::holds;
using tests::TokenizerFiles;
using tokenizer::Tokenizer;
using tokenizer::TokenTrie;

using Ids = std::vector<std::int32_t>;

json small_unigram() {
  return json::parse(R"({
    "added_tokens": [{"id": 1, "content": "<pad>", "special": true, "normalized": false}],
    "normalizer": {"type": "Lowercase"},
    "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true},
    "model": {
      "type": "Unigram", "unk_id": 0, "byte_fallback": false,
      "vocab": [["<unk>", 0], ["<pad>", 0], ["▁", -3], ["l", -5], ["o", -5], ["w", -5], ["lo", -6], ["low", -7.5],
                ["▁low", -9], ["er", -6], ["e", -5], ["r", -5], ["▁lower", -30]]
    }
  })");
}

Tokenizer tokenizer_of(const json& document) {
  const TokenizerFiles files;
  files.write_json("tokenizer.json", document);
  return Tokenizer::from_directory(files.path());
}

Ids ids_of(const json& document, std::string_view text) { return tokenizer_of(document).encode(text, 100000).ids; }

TEST(Unigram, TakesTheTokensOfTheLargestSum) {
  EXPECT_EQ(ids_of(small_unigram(), "low"), Ids{8}) << "-9 for one, -10.5 for two";
  EXPECT_EQ(ids_of(small_unigram(), "Lower lower"), (Ids{8, 9, 8, 9})) << "-15 for two, -30 for one";
  EXPECT_EQ(ids_of(small_unigram(), "wolo"), (Ids{2, 5, 4, 6}));
  EXPECT_EQ(ids_of(small_unigram(), ""), Ids{});
  EXPECT_EQ(ids_of(small_unigram(), "low<pad>r"), (Ids{8, 1, 2, 11}));
}

TEST(Unigram, OneUnknownTokenStandsForNeighbours) {
  EXPECT_EQ(ids_of(small_unigram(), "xyolz\u00e9"), (Ids{2, 0, 4, 3, 0}));
  EXPECT_EQ(ids_of(small_unigram(), "x y"), (Ids{2, 0, 2, 0})) << "but not over words";
}

TEST(Unigram, UnknownCharactersAreBytesWhereAllOfThoseAreTokens) {
  json document = small_unigram();
  document["model"]["byte_fallback"] = true;
  for (const char* token : {"<0xC3>", "<0xA9>", "<0x78>"}) document["model"]["vocab"].push_back({token, -20});
  EXPECT_EQ(ids_of(document, "ol\u00e9x"), (Ids{2, 4, 3, 13, 14, 15}));
  EXPECT_EQ(ids_of(document, "\u00e9y"), (Ids{2, 0})) << "the run has a byte without a token";
  EXPECT_NE(tokenizer_of(document).fingerprint(), tokenizer_of(small_unigram()).fingerprint());
}

TEST(Unigram, AMarkInFrontOfTheTextAloneNeedsItsFirstCharacter) {
  json document = small_unigram();
  document["pre_tokenizer"]["prepend_scheme"] = "first";
  document["normalizer"] = {{"type", "Nmt"}};
  EXPECT_EQ(ids_of(document, "low<pad>low"), (Ids{8, 1, 7})) << "not behind a token";
  EXPECT_EQ(ids_of(document, "\x01low"), Ids{7}) << "nor where something before it was removed";
  document["normalizer"] = {{"type", "NFKC"}};
  document["pre_tokenizer"] = {
      {"type", "Sequence"},
      {"pretokenizers",
       {{{"type", "Punctuation"}},
        {{"type", "Metaspace"}, {"replacement", "\u2581"}, {"prepend_scheme", "first"}, {"split", true}}}}};
  EXPECT_EQ(ids_of(document, "\u2474o"), (Ids{2, 0, 2, 0, 2, 0, 4})) << "(1) is its first character";
}

TEST(Unigram, ReadsScoresAsTheReferenceDoes) {
  // Both ways to part "ab" have one sum there, so that the first counts; with the nearest numbers it is the smaller.
  json document = small_unigram();
  document["pre_tokenizer"] = nullptr;
  document["model"]["vocab"] =
      json::parse(R"([["<unk>", 0], ["<pad>", 0], ["ab", -12.148759925705208], ["a", 0], ["b", 0]])");
  std::string text = document.dump();
  text.replace(text.find("[\"b\",0]"), 7, "[\"b\",-12.148759925705207]");
  const TokenizerFiles files;
  files.write("tokenizer.json", text);
  EXPECT_EQ(Tokenizer::from_directory(files.path()).encode("ab", 100).ids, Ids{2});
}

TEST(Unigram, OfEqualTokensTheLastCounts) {
  json document = small_unigram();
  document["model"]["vocab"].push_back({"low", -1});
  EXPECT_EQ(ids_of(document, "low"), (Ids{2, 13}));
}

TEST(Unigram, NamesItself) {
  EXPECT_EQ(tokenizer_of(small_unigram()).summary(),
            "Unigram (unknown: <unk>), 13 tokens, 1 of them added; Lowercase; Metaspace (▁ for spaces, put in front of "
            "every piece, words apart)");
  json document = small_unigram();
  document["model"]["vocab"][5][1] = -5.5;
  EXPECT_NE(tokenizer_of(document).fingerprint(), tokenizer_of(small_unigram()).fingerprint()) << "scores count";
}

struct Bad {
  const char* pointer;
  json value;
  const char* message;
};

TEST(Unigram, WhatIsNotSupportedOrNotThereIsNamed) {
  for (const auto& [pointer, value, message] : std::vector<Bad>{
           {"/model/unk_id", nullptr, "/model: has no \"unk_id\"; a Unigram model without an unknown token is not"},
           {"/model/unk_id", 13, "/model: the unknown token's id is 13, but the vocabulary has ids 0 to 12"},
           {"/model/unk_id", -1, "/model/unk_id: found -1"},
           {"/model/unk_id", 1e300, "/model/unk_id: found 1e"},
           {"/model/vocab", json::object(), "/model/vocab: found an object, expected an array"},
           {"/model/vocab", json::array(), "/model: the vocabulary is empty"},
           {"/model/vocab/3", {"l"}, "/model/vocab/3: has 1 items, expected a token and its score"},
           {"/model/vocab/3", {1, 2}, "/model/vocab/3/0: found 1, expected a string"},
           {"/model/vocab/3", {"l", "x"}, "/model/vocab/3/1: found \"x\", expected a number"},
           {"/model/vocab/3", {"l", nullptr}, "/model/vocab/3/1: found null"},
           {"/model/alpha", 0.1, "/model/alpha: a Unigram model that draws its tokens is not supported"},
       }) {
    json document = small_unigram();
    document[json::json_pointer(pointer)] = value;
    EXPECT_TRUE(holds(tests::message_of<CheckpointError>([&] { static_cast<void>(tokenizer_of(document)); }),
                      std::string("tokenizer.json: ") + message))
        << pointer;
  }
  const auto settings = tokenizer::Unigram::Settings{};
  EXPECT_THROW(tokenizer::Unigram({"a"}, {std::nan("")}, settings), CheckpointError);
}

TEST(Unigram, TakesTimeLinearInTheTextsLength) {
  json document = small_unigram();
  document["pre_tokenizer"]["split"] = false;
  const Tokenizer tokenizer = tokenizer_of(document);
  std::string text;
  while (text.size() < 2000000) text += "lower \u00e9xy";
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(tokenizer.encode(text, 10000000).ids.size(), text.size() / 10 * 4);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

TEST(TokenTrie, FindsWhatAListWouldFind) {
  std::mt19937 generator(3);
  std::vector<std::string> tokens;
  for (int i = 0; i < 3000; ++i) {
    std::string token;
    // Few bytes at the beginning and many behind, so that nodes have few children and many.
    for (std::size_t j = generator() % 5; j > 0; --j) token += static_cast<char>(generator() % (j % 2 == 0 ? 3 : 200));
    tokens.push_back(token);
  }
  const TokenTrie trie(tokens);
  for (const std::string& text : tokens) {
    std::vector<std::pair<std::size_t, std::int32_t>> expected;
    for (std::size_t length = 1; length <= text.size(); ++length) {
      const auto last = std::find(tokens.rbegin(), tokens.rend(), text.substr(0, length));
      if (last != tokens.rend()) expected.emplace_back(length, static_cast<std::int32_t>(tokens.rend() - last - 1));
    }
    std::vector<std::pair<std::size_t, std::int32_t>> found;
    trie.prefixes(text, [&](std::size_t length, std::int32_t value) { found.emplace_back(length, value); });
    EXPECT_EQ(found, expected);
    EXPECT_EQ(trie.find(text).has_value(), !text.empty());
  }
  EXPECT_FALSE(trie.find("no such token"));
}

}  // namespace
