#include "support/messages.hpp"
#include "tokenizer_files.hpp"
#include "transfer_tune/tokenizer/tokenizer.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using namespace tt;
using nlohmann::json;
using tests::holds;
using tests::small_tokenizer;
using tests::TokenizerFiles;
using tokenizer::Tokenizer;

using Sentences = std::vector<std::string>;

/// What is said of a tokenizer.json whose normalizer is changed by `normalizer`, beside `config`.
Sentences said_of(const json& normalizer, const json& config) {
  const TokenizerFiles files;
  json document = small_tokenizer();
  document["normalizer"].update(normalizer);
  files.write_json("tokenizer.json", document);
  if (!config.is_null()) files.write_json("tokenizer_config.json", config);
  return Tokenizer::from_directory(files.path()).disagreements();
}

/// Expects one sentence, about `key` of tokenizer_config.json, that holds `parts`.
void expect_one(const Sentences& sentences, const std::string& key, const std::vector<std::string>& parts) {
  ASSERT_EQ(sentences.size(), 1U);
  const std::string& sentence = sentences.front();
  EXPECT_TRUE(holds(sentence, "/tokenizer_config.json: \"" + key + "\" is "));
  for (const auto& part : parts) EXPECT_TRUE(holds(sentence, part));
}

TEST(Disagreements, FilesThatAgreeSayNothing) {
  EXPECT_EQ(said_of(json::object(), {{"do_lower_case", true}, {"strip_accents", nullptr}}), Sentences{});
  EXPECT_EQ(said_of(json::object(), nullptr), Sentences{});
  EXPECT_EQ(said_of({{"lowercase", false}}, {{"do_lower_case", false}}), Sentences{});
  EXPECT_EQ(said_of({{"strip_accents", true}}, json::object()), Sentences{}) << "as it follows the case";
  EXPECT_EQ(said_of(json::object(), {{"do_lower_case", "yes"}}), Sentences{}) << "not a value that anyone follows";
}

TEST(Disagreements, CaseIsNamedWithBothValues) {
  expect_one(said_of(json::object(), {{"do_lower_case", false}}), "do_lower_case", {"is false", "\"lowercase\": true"});
  expect_one(said_of({{"lowercase", false}}, {{"do_lower_case", true}}), "do_lower_case",
             {"is true", "\"lowercase\": false"});
}

TEST(Disagreements, AKeyThatIsNotStatedCountsAsTransformersTakesIt) {
  expect_one(said_of({{"lowercase", false}}, json::object()), "do_lower_case",
             {"not stated, which transformers takes for true", "\"lowercase\": false"});
  expect_one(said_of({{"lowercase", false}}, nullptr), "do_lower_case", {"not stated"});
  expect_one(said_of({{"lowercase", false}}, {{"tokenizer_class", "BertTokenizerFast"}}), "do_lower_case",
             {"not stated"});
  EXPECT_EQ(said_of({{"lowercase", false}}, {{"tokenizer_class", "PreTrainedTokenizerFast"}}), Sentences{})
      << "that class takes tokenizer.json as it is";
}

TEST(Disagreements, AccentsAndChineseCharactersAreNamedToo) {
  expect_one(said_of(json::object(), {{"do_lower_case", true}, {"strip_accents", false}}), "strip_accents",
             {"is false", "\"strip_accents\": true"});
  expect_one(said_of({{"strip_accents", false}}, {{"do_lower_case", true}}), "strip_accents",
             {"not stated, which transformers takes for true"});
  expect_one(said_of(json::object(), {{"tokenize_chinese_chars", false}}), "tokenize_chinese_chars",
             {"is false", "\"handle_chinese_chars\": true"});
  expect_one(said_of({{"handle_chinese_chars", false}}, json::object()), "tokenize_chinese_chars", {"not stated"});
}

TEST(Disagreements, TokensThatOtherFilesAddAreNamed) {
  const TokenizerFiles files;
  files.write_json("tokenizer.json", small_tokenizer());
  files.write_json("tokenizer_config.json",
                   {{"added_tokens_decoder", {{"0", {{"content", "[PAD]"}}}, {"9", {{"content", "<a>"}}}}},
                    {"additional_special_tokens", {"<b>", "<c>", "<d>"}}});
  files.write_json("added_tokens.json", {{"<e>", 9}});
  files.write_json("special_tokens_map.json",
                   {{"sep_token", "[SEP]"}, {"additional_special_tokens", {{{"content", "<f>"}}}}});
  const Sentences sentences = Tokenizer::from_directory(files.path()).disagreements();
  ASSERT_EQ(sentences.size(), 3U);
  EXPECT_TRUE(holds(sentences[0], "/tokenizer_config.json: adds \"<a>\", \"<b>\", \"<c>\" and 1 more"));
  EXPECT_TRUE(holds(sentences[1], "/added_tokens.json: adds \"<e>\" as"));
  EXPECT_TRUE(holds(sentences[2], "/special_tokens_map.json: adds \"<f>\" as"));
}

TEST(Disagreements, BesideAVocabularyItsConfigIsWhatIsRead) {
  const TokenizerFiles files;
  files.write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n<a>\nmy\n");
  files.write_json("tokenizer_config.json",
                   {{"do_lower_case", false}, {"strip_accents", true}, {"additional_special_tokens", {"<a>"}}});
  EXPECT_EQ(Tokenizer::from_directory(files.path()).disagreements(), Sentences{});
  files.write_json("added_tokens.json", {{"<a>", 5}, {"<b>", 7}});
  const Sentences sentences = Tokenizer::from_directory(files.path()).disagreements();
  ASSERT_EQ(sentences.size(), 1U);
  EXPECT_TRUE(holds(sentences[0], "/added_tokens.json: adds \"<b>\" as"));
}

}  // namespace
