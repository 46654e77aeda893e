#include "support/messages.hpp"
#include "tokenizer_files.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/tokenizer/tokenizer.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace fs = std::filesystem;
using namespace tt;
using nlohmann::json;
using tests::holds;
using tests::small_tokenizer;
using tests::TokenizerFiles;
using tokenizer::Tokenizer;

namespace {

/// The message of the error about a checkpoint that reading the directory throws.
std::string error_of(const fs::path& directory) {
  return tests::message_of<CheckpointError>([&] { static_cast<void>(Tokenizer::from_directory(directory)); });
}

void expect_parts(const std::string& message, const std::vector<std::string>& parts) {
  for (const auto& part : parts) EXPECT_TRUE(holds(message, part));
}

struct BadDocument {
  const char* what;
  std::function<void(json&)> spoil;
  std::vector<std::string> parts;
};

void PrintTo(const BadDocument& bad, std::ostream* out) { *out << bad.what; }

class TokenizerJsonErrors : public testing::TestWithParam<BadDocument> {};

std::function<void(json&)> set(const char* pointer, const json& value) {
  return [=](json& document) { document[json::json_pointer(pointer)] = value; };
}

std::function<void(json&)> erase(const char* pointer, const char* key) {
  return [=](json& document) { document[json::json_pointer(pointer)].erase(key); };
}

std::vector<BadDocument> bad_documents() {
  return {
      {"not an object", [](json& d) { d = json::array(); }, {"found an array, expected an object"}},
      {"no model", erase("", "model"), {": /: has no \"model\""}},
      {"model null", set("/model", nullptr), {"/model: found null, expected an object"}},
      {"unsupported model",
       set("/model/type", "Odd"),
       {"/model/type", "\"Odd\" is not supported", "WordPiece, BPE, Unigram"}},
      {"no vocabulary", erase("/model", "vocab"), {"/model: has no \"vocab\""}},
      {"vocabulary a list", set("/model/vocab", json::array({"a"})), {"/model/vocab", "expected an object"}},
      {"empty vocabulary", set("/model/vocab", json::object()), {"/model: the vocabulary is empty"}},
      {"id a string", set("/model/vocab/card", "4"), {"/model/vocab/card: expected a token's id"}},
      {"id a list", set("/model/vocab/card", json::array()), {"/model/vocab/card: expected a token's id"}},
      {"id an object", set("/model/vocab/card", json::object()), {"/model/vocab/card: expected a token's id"}},
      {"id a fraction", set("/model/vocab/card", 4.5), {"/model/vocab/card: expected a token's id"}},
      {"id negative", set("/model/vocab/card", -4), {"/model/vocab/card: id -4 leaves gaps"}},
      {"id huge", set("/model/vocab/card", 1ULL << 63U), {"/model/vocab/card: expected a token's id"}},
      {"gap", set("/model/vocab/a~1b", 40), {"/model/vocab/a~1b: id 40 leaves gaps", "0 to 9"}},
      {"id twice", set("/model/vocab/card", 5), {"/model/vocab/", "has id 5 as "}},
      {"no unknown token", set("/model/unk_token", "<unk>"), {"/model: ", "\"<unk>\" is not in the vocabulary"}},
      {"no prefix", erase("/model", "continuing_subword_prefix"), {"/model: has no \"continuing_subword_prefix\""}},
      {"word limit", set("/model/max_input_chars_per_word", -1), {"/model/max_input_chars_per_word: found -1"}},
      {"unsupported normalizer", set("/normalizer/type", "Odd"), {"/normalizer/type", "supported: BertNormalizer"}},
      {"normalizer's type missing", erase("/normalizer", "type"), {"/normalizer: has no \"type\""}},
      {"flag of the wrong type", set("/normalizer/lowercase", 1), {"/normalizer/lowercase: found 1, expected true or"}},
      {"flag missing", erase("/normalizer", "clean_text"), {"/normalizer: has no \"clean_text\""}},
      {"unsupported part of a sequence",
       [](json& d) {
         d["normalizer"] = {{"type", "Sequence"}, {"normalizers", {d["normalizer"], {{"type", "Odd"}}}}};
       },
       {"/normalizer/normalizers/1/type: the normalizer \"Odd\" is not supported"}},
      {"sequence that is no list",
       [](json& d) {
         d["normalizer"] = {{"type", "Sequence"}, {"normalizers", 1}};
       },
       {"/normalizer/normalizers: found 1, expected an array"}},
      {"unsupported pre-tokenizer", set("/pre_tokenizer/type", "Odd"), {"/pre_tokenizer/type", "BertPreTok"}},
      {"unsupported post-processor", set("/post_processor/type", "Odd"), {"/post_processor/type", "BertProc"}},
      {"text B in the template", set("/post_processor/single/1/Sequence/id", "B"), {"/single/1/Sequence/id", "\"A\""}},
      {"no text in the template",
       [](json& d) { d["post_processor"]["single"].erase(1); },
       {"/post_processor/single: has the text 0 times"}},
      {"undeclared special token",
       set("/post_processor/single/0/SpecialToken/id", "[X]"),
       {"/post_processor/single/0/SpecialToken/id: ", "\"[X]\" is not among"}},
      {"special token not in the vocabulary",
       set("/post_processor/special_tokens/[CLS]/tokens/0", "<s>"),
       {"/special_tokens/[CLS]/tokens/0: the special token \"<s>\" is not in the vocabulary"}},
      {"special token with another id",
       set("/post_processor/special_tokens/[CLS]/ids/0", 4),
       {"/special_tokens/[CLS]/ids/0: found 4", "has id 2"}},
      {"special tokens uneven",
       set("/post_processor/special_tokens/[CLS]/ids", json::array()),
       {"/special_tokens/[CLS]/ids: 0 ids for 1 tokens"}},
      {"added tokens no list", set("/added_tokens", 3), {"/added_tokens: found 3, expected an array"}},
      {"added token without content", erase("/added_tokens/0", "content"), {"/added_tokens/0: has no \"content\""}},
      {"added token with another id",
       set("/added_tokens/0/id", 7),
       {"/added_tokens: ", "\"[PAD]\" has id 7, expected 0"}},
      {"added token after a gap",
       set("/added_tokens/0", {{"id", 12}, {"content", "[X]"}}),
       {"/added_tokens: ", "\"[X]\" has id 12, expected 9"}},
      {"added token twice", set("/added_tokens/0/content", "[SEP]"), {"/added_tokens: ", "\"[SEP]\""}},
      {"added token empty", set("/added_tokens/0", {{"id", 9}, {"content", ""}}), {"is empty once normalized"}},
      {"no padding token", set("/padding", {{"pad_token", "<pad>"}, {"pad_id", 0}}), {"\"<pad>\" is not in the voc"}},
      {"padding token with another id",
       set("/padding", {{"pad_token", "[PAD]"}, {"pad_id", 4}}),
       {"/padding/pad_id: expected 0"}},
      {"length of the wrong type", set("/truncation/max_length", "8"), {"/truncation/max_length: found \"8\""}},
  };
}

}  // namespace

TEST_P(TokenizerJsonErrors, AreNamedWithFileAndPointer) {
  auto document = small_tokenizer();
  GetParam().spoil(document);
  const TokenizerFiles files;
  files.write_json("tokenizer.json", document);
  const std::string message = error_of(files.path());
  expect_parts(message, {files.path().string()});
  expect_parts(message, GetParam().parts);
}

INSTANTIATE_TEST_SUITE_P(All, TokenizerJsonErrors, testing::ValuesIn(bad_documents()));

TEST(TokenizerErrors, DirectoriesThatHoldNoTokenizer) {
  const TokenizerFiles files;
  expect_parts(error_of(files.path()), {"neither tokenizer.json nor vocab.txt, nor vocab.json"});
  expect_parts(error_of(files.path() / "absent"), {"absent: expected a directory", "found nothing"});
  files.write_json("tokenizer.json", small_tokenizer());
  expect_parts(error_of(files.path() / "tokenizer.json"), {"expected a directory", "found a file"});
  fs::remove(files.path() / "tokenizer.json");
  fs::create_directory(files.path() / "tokenizer.json");
  expect_parts(error_of(files.path()), {"tokenizer.json: expected a file, found a directory"});
}

TEST(TokenizerErrors, EveryTruncationOfTokenizerJson) {
  const TokenizerFiles files;
  const std::string whole = small_tokenizer().dump();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    files.write("tokenizer.json", std::string_view(whole).substr(0, length));
    expect_parts(error_of(files.path()), {"tokenizer.json: ", length == 0 ? "empty" : "not valid JSON"});
  }
}

TEST(TokenizerErrors, EveryChangedByteOfTokenizerJsonIsReadOrRefused) {
  const TokenizerFiles files;
  const std::string whole = small_tokenizer().dump();
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string text = whole;
    text[i] = static_cast<char>(text[i] ^ static_cast<char>(1U << (i % 8)));
    files.write("tokenizer.json", text);
    try {
      static_cast<void>(Tokenizer::from_directory(files.path()).encode("my cards", 16));
    } catch (const CheckpointError&) {
    }
  }
}

TEST(TokenizerErrors, WhatTheWriterOfTheCheckpointWouldRefuseAfterTrainingIsRefusedBefore) {
  const TokenizerFiles files;
  const std::string whole = small_tokenizer().dump();
  files.write("tokenizer.json", "{\"padding\": null, " + whole.substr(1));
  expect_parts(error_of(files.path()), {"tokenizer.json: /padding: the key \"padding\" stands twice"});
  files.write("tokenizer.json", whole + std::string(1, '\0'));
  expect_parts(error_of(files.path()), {"tokenizer.json: line 1, column ", "not valid JSON: holds a zero byte"});
  files.write("tokenizer.json", whole);
  files.write("tokenizer_config.json", R"({"pad_token": "[PAD]", "pad_token": "[PAD]"})");
  expect_parts(error_of(files.path()), {"tokenizer_config.json: /pad_token: the key \"pad_token\" stands twice"});
}

TEST(TokenizerErrors, Nonsense) {
  const TokenizerFiles files;
  constexpr std::size_t kLarge = std::size_t{100} << 20U;
  for (const auto& [byte, size] :
       {std::pair{'"', kLarge}, {'\0', kLarge / 64}, {'[', kLarge / 64}, {'1', kLarge / 64}}) {
    files.write("tokenizer.json", std::string(size, byte));
    const std::string message = error_of(files.path());
    expect_parts(message, {"tokenizer.json"});
    EXPECT_LT(message.size(), 1000U) << "the nonsense is not repeated";
  }
  auto document = small_tokenizer();
  document["model"]["vocab"][std::string(kLarge / 64, 'x')] = "no id";
  files.write_json("tokenizer.json", document);
  EXPECT_LT(error_of(files.path()).size(), 1000U);
  fs::remove(files.path() / "tokenizer.json");
  files.write_json("tokenizer_config.json", json::object());
  files.write("vocab.txt", std::string(kLarge, 'x'));
  expect_parts(error_of(files.path()), {"vocab.txt: the unknown token \"[UNK]\" is not in the vocabulary"});
}

TEST(TokenizerErrors, VocabTxt) {
  const TokenizerFiles files;
  const auto expect = [&](std::string_view vocabulary, const json& config, const std::vector<std::string>& parts) {
    files.write("vocab.txt", vocabulary);
    files.write_json("tokenizer_config.json", config);
    expect_parts(error_of(files.path()), parts);
  };
  const std::string good = "[PAD]\n[UNK]\n[CLS]\n[SEP]\ncard\n";
  files.write("vocab.txt", good);
  expect_parts(error_of(files.path()), {"tokenizer_config.json: missing", "do_lower_case"});
  expect("", json::object(), {"vocab.txt: the vocabulary is empty"});
  expect(good + "card\n", json::object(), {"vocab.txt: the vocabulary has \"card\" twice: as id 4 and as id 5"});
  expect("[UNK]\nca\xffrd\n", json::object(), {"vocab.txt:2: not UTF-8: \"ca\\xffrd\""});
  expect("[PAD]\n[UNK]\n[CLS]\n", json::object(), {"tokenizer_config.json", "\"[SEP]\" is not in vocab.txt"});
  expect(good, {{"cls_token", "<s>"}}, {"/cls_token: the special token \"<s>\" is not in vocab.txt"});
  expect(good, {{"mask_token", "[MASK]"}}, {"/mask_token: the special token \"[MASK]\" is not in vocab.txt"});
  expect(good, {{"unk_token", 3}}, {"/unk_token: ", "expected an object"});
  expect(good, {{"do_lower_case", "yes"}}, {"/do_lower_case: found \"yes\", expected true or false"});
  expect(good, {{"tokenizer_class", "BertweetTokenizer"}}, {"/tokenizer_class: ", "supported: BertTokenizer"});
  expect(good, {{"added_tokens_decoder", {{"x", {{"content", "[PAD]"}}}}}}, {"/added_tokens_decoder/x: expected a"});
  expect(good, {{"added_tokens_decoder", {{"9", {{"content", "[X]"}}}}}}, {"\"[X]\" has id 9, expected 5"});
  expect(good, {{"model_max_length", "long"}}, {"/model_max_length: found \"long\""});
  expect(good, json::array(), {"found an array, expected an object"});
  files.write_json("tokenizer_config.json", json::object());
  fs::remove(files.path() / "vocab.txt");
  fs::create_directory(files.path() / "vocab.txt");
  expect_parts(error_of(files.path()), {"vocab.txt: expected a file, found a directory"});
}
