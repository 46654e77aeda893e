#include "tokenizer/bpe.hpp"
#include "support/messages.hpp"

#include "tokenizer/merging.hpp"
#include "tokenizer_files.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/tokenizer/tokenizer.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace tt;
using nlohmann::json;
using tests::holds;
using tests::TokenizerFiles;
using tokenizer::MergeTable;
using tokenizer::Tokenizer;

using Ids = std::vector<std::int32_t>;

/// Byte-level BPE with the merges l+o, lo+w, Ġ+low, e+r.
json small_bpe() {
  return json::parse(R"({
    "added_tokens": [{"id": 0, "content": "<pad>", "special": true, "normalized": false}],
    "normalizer": null,
    "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
    "post_processor": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": false},
    "padding": {"pad_token": "<pad>", "pad_id": 0},
    "model": {
      "type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null, "end_of_word_suffix": "",
      "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
      "vocab": {"<pad>": 0, "l": 1, "o": 2, "w": 3, "e": 4, "r": 5, "Ġ": 6, "lo": 7, "low": 8, "Ġlow": 9, "er": 10,
                "lower": 11, "<unk>": 12},
      "merges": ["l o", "lo w", "Ġ low", "e r"]
    }
  })");
}

Tokenizer tokenizer_of(const json& document) {
  const TokenizerFiles files;
  files.write_json("tokenizer.json", document);
  return Tokenizer::from_directory(files.path());
}

Ids ids_of(const json& document, std::string_view text) { return tokenizer_of(document).encode(text, 1000).ids; }

TEST(Bpe, MergesThePairOfTheLowestRankFirst) {
  EXPECT_EQ(ids_of(small_bpe(), "low lower"), (Ids{9, 9, 10}));
  EXPECT_EQ(ids_of(small_bpe(), "wolow"), (Ids{6, 3, 2, 8}));
  EXPECT_EQ(ids_of(small_bpe(), ""), Ids{});
  EXPECT_EQ(ids_of(small_bpe(), "lx\u00e9o"), (Ids{6, 7})) << "as if characters that are no token were not there";
}

TEST(Bpe, ReadsMergesInBothForms) {
  json document = small_bpe();
  document["model"]["merges"] = json::parse(R"([["l", "o"], ["lo", "w"], ["Ġ", "low"], ["e", "r"]])");
  EXPECT_EQ(ids_of(document, "low lower"), (Ids{9, 9, 10}));
  document["model"].erase("type");
  EXPECT_EQ(ids_of(document, "low lower"), (Ids{9, 9, 10})) << "early files name no type";
  EXPECT_EQ(tokenizer_of(document).fingerprint(), tokenizer_of(small_bpe()).fingerprint());
  document["model"]["merges"] = json::parse(R"([["lo", "w"], ["l", "o"], ["Ġ", "low"], ["e", "r"]])");
  EXPECT_NE(tokenizer_of(document).fingerprint(), tokenizer_of(small_bpe()).fingerprint());
}

TEST(Bpe, TakesAWholeWordWhereMergesAreIgnored) {
  json document = small_bpe();
  document["pre_tokenizer"]["add_prefix_space"] = false;
  EXPECT_EQ(ids_of(document, "lower"), (Ids{8, 10}));
  document["model"]["ignore_merges"] = true;
  EXPECT_EQ(ids_of(document, "lower"), Ids{11});
  EXPECT_EQ(ids_of(document, "lowerer"), (Ids{8, 10, 10}));
}

TEST(Bpe, WritesTheUnknownTokenForRunsOrEachCharacter) {
  json document = small_bpe();
  document["model"]["unk_token"] = "<unk>";
  EXPECT_EQ(ids_of(document, "lxxo"), (Ids{6, 1, 12, 12, 2}));
  document["model"]["fuse_unk"] = true;
  EXPECT_EQ(ids_of(document, "lxxox"), (Ids{6, 1, 12, 2, 12}));
}

TEST(Bpe, KnowsWhereAWordBeginsAndEnds) {
  json document = small_bpe();
  document["pre_tokenizer"] = {{"type", "WhitespaceSplit"}};
  document["model"].update(json::parse(R"({
      "continuing_subword_prefix": "##", "end_of_word_suffix": "</w>", "unk_token": "<pad>",
      "vocab": {"<pad>": 0, "l": 1, "##o": 2, "##w</w>": 3, "lo": 4, "low</w>": 5, "o</w>": 6},
      "merges": ["l ##o", "lo ##w</w>"]})"));
  EXPECT_EQ(ids_of(document, "low o lo lowo"), (Ids{5, 6, 1, 0, 4, 0, 0}));
  EXPECT_EQ(tokenizer_of(document).summary().substr(0, 68),
            "BPE (unknown: <pad>), \"##\" before parts of words, \"</w>\" behind word");
}

TEST(Bpe, WritesBytesBeforeTheUnknownTokenAsTheReferenceDoes) {
  json document = small_bpe();
  document["pre_tokenizer"] = {{"type", "Metaspace"}, {"replacement", "_"}, {"prepend_scheme", "never"}};
  document["model"]["byte_fallback"] = true;
  document["model"]["unk_token"] = "<unk>";
  for (const char* token : {"<0xC3>", "<0xA9>"}) {
    document["model"]["vocab"][token] = document["model"]["vocab"].size();
  }
  EXPECT_EQ(ids_of(document, "l\u00e9o"), (Ids{1, 13, 14, 2}));
  EXPECT_EQ(ids_of(document, "lx\u00e9o"), (Ids{1, 13, 14, 12, 2})) << "the bytes go before what waits";
}

TEST(Bpe, NamesItself) {
  EXPECT_EQ(tokenizer_of(small_bpe()).summary(),
            "BPE, 13 tokens, 1 of them added; no normalizer; ByteLevel (space put in front, GPT-2's words)");
}

TEST(Bpe, PadsAsRobertaDoesWhereNoFileNamesTheToken) {
  json document = small_bpe();
  document["padding"] = nullptr;
  document["model"]["vocab"]["<pad>"] = 12;
  document["model"]["vocab"]["<unk>"] = 0;
  document["added_tokens"][0]["id"] = 12;
  EXPECT_EQ(tokenizer_of(document).pad_id(), 12);
}

TEST(Bpe, ASpaceInFrontThatTheConfigSaysOtherwiseIsNamed) {
  const auto said = [](const json& config) {
    const TokenizerFiles files;
    files.write_json("tokenizer.json", small_bpe());
    files.write_json("tokenizer_config.json", config);
    return Tokenizer::from_directory(files.path()).disagreements();
  };
  EXPECT_TRUE(said({{"add_prefix_space", true}, {"do_lower_case", true}}).empty()) << "the latter is BERT's";
  EXPECT_TRUE(said({{"add_prefix_space", false}, {"tokenizer_class", "PreTrainedTokenizerFast"}}).empty());
  const auto sentences = said({{"add_prefix_space", false}, {"tokenizer_class", "RobertaTokenizer"}});
  ASSERT_EQ(sentences.size(), 1U);
  EXPECT_TRUE(
      holds(sentences[0], "/tokenizer_config.json: \"add_prefix_space\" is false, but tokenizer.json has true"));
}

struct Bad {
  const char* pointer;
  json value;
  const char* message;
};

TEST(Bpe, WhatIsNotSupportedOrNotThereIsNamed) {
  for (const auto& [pointer, value, message] : std::vector<Bad>{
           {"/model/dropout", 0.1, "/model/dropout: a BPE model with \"dropout\" is not supported"},
           {"/model/byte_fallback", "yes", "/model/byte_fallback: found \"yes\", expected true or false"},
           {"/model/end_of_word_suffix", 1, "/model/end_of_word_suffix: found 1, expected a string"},
           {"/model/continuing_subword_prefix", "####",
            "/model/merges/0: the token \"o\" of the merge is shorter than"},
           {"/model/unk_token", "<none>", "/model: the unknown token \"<none>\" is not in the vocabulary"},
           {"/model/merges", 3, "/model/merges: found 3, expected an array"},
           {"/model/merges/1", "lo x", "/model/merges/1: the token \"x\" of the merge is not in the vocabulary"},
           {"/model/merges/1", "w e", "/model/merges/1: the token \"we\" of the merge is not in the vocabulary"},
           {"/model/merges/1", "low", "/model/merges/1: found \"low\", expected two tokens with one space"},
           {"/model/merges/1", "l o w", "/model/merges/1: found \"l o w\", expected two tokens"},
           {"/model/merges/1", {"l"}, "/model/merges/1: has 1 items, expected the two tokens of a merge"},
           {"/model/merges/1", {"l", 2}, "/model/merges/1/1: found 2, expected a string"},
           {"/model/vocab", json::array(), "/model/vocab: found an array, expected an object"},
           {"/pre_tokenizer/add_prefix_space", nullptr, "/pre_tokenizer/add_prefix_space: found null"},
       }) {
    json document = small_bpe();
    document[json::json_pointer(pointer)] = value;
    EXPECT_TRUE(holds(tests::message_of<CheckpointError>([&] { (void)tokenizer_of(document); }),
                      std::string("tokenizer.json: ") + message))
        << pointer;
  }
}

/// Random merges over few ids, so that many pairs are rivals.
MergeTable random_merges(std::mt19937& generator) {
  MergeTable out;
  for (std::uint32_t rank = 0; rank < 60; ++rank) {
    const auto id = [&] { return static_cast<std::int32_t>(generator() % (4 + rank)); };
    out.insert(id(), id(), {rank, static_cast<std::int32_t>(4 + rank)});
  }
  return out;
}

TEST(Merging, TheHeapDoesWhatTheScanDoes) {
  std::mt19937 generator(5);
  for (int i = 0; i < 3000; ++i) {
    const MergeTable merges = random_merges(generator);
    Ids scanned(generator() % 80);
    for (auto& id : scanned) id = static_cast<std::int32_t>(generator() % 4);
    Ids heaped = scanned;
    scanned.resize(tokenizer::merge_by_scan(scanned, merges));
    heaped.resize(tokenizer::merge_by_heap(heaped, merges));
    ASSERT_EQ(scanned, heaped);
  }
}

TEST(Merging, ALongWordIsNoQuadraticMatter) {
  MergeTable merges;
  for (std::int32_t i = 0; i < 15; ++i) merges.insert(i, i, {static_cast<std::uint32_t>(i), i + 1});
  Ids ids(std::size_t{1} << 20U, 0);
  const auto start = std::chrono::steady_clock::now();
  ids.resize(tokenizer::merge_all(ids, merges));
  EXPECT_EQ(ids, Ids(32, 15));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20)) << "a scan takes hours";
}

TEST(Bpe, ATextOfAMegabyteIsFineWhateverItHolds) {
  const auto tokenizer = tokenizer_of(small_bpe());
  for (const char* part : {"low", "low ", " ", "\n", "\u4f60", "er'll"}) {
    std::string text;
    while (text.size() < 1000000) text += part;
    EXPECT_LE(tokenizer.encode(text, 1000000).ids.size(), 1000000U) << part;
  }
}

}  // namespace
