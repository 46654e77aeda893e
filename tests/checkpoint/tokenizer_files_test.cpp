#include "checkpoint/tokenizer_files.hpp"

#include "support/messages.hpp"
#include "support/temporary_directory.hpp"
#include "transfer_tune/core/files.hpp"

#include <nlohmann/json.hpp>

#include <gtest/gtest.h>

#include <string>

namespace {

using namespace tt;
using tests::holds;

std::string written_from(const tests::TemporaryDirectory& from) {
  const tests::TemporaryDirectory to;
  checkpoint::copy_tokenizer(from.path(), to.path(), 16);
  return read_file(to.path() / "tokenizer.json", ErrorKind::checkpoint);
}

TEST(TokenizerFiles, ATokenizerIsCopiedAsItIsWrittenButForItsLength) {
  const tests::TemporaryDirectory from;
  const std::string model =
      "\"model\": {\"type\": \"Unigram\", \"unk_id\": 0,\n \"vocab\": [[\"<pad>\", -1.50e0], [\"\\u00e9\", "
      "-14.067641772076719]]}";
  write_file(from.path() / "tokenizer.json", "{ \"truncation\": {\"max_length\": 7}, " + model + "}");
  const std::string written = written_from(from);
  EXPECT_TRUE(holds(written, model)) << "a score written anew may be read as another";
  const auto document = nlohmann::json::parse(written);
  EXPECT_EQ(document["truncation"]["max_length"], 16);
  EXPECT_TRUE(document.at("padding").is_null()) << "added, since none was there";
}

TEST(TokenizerFiles, WhatATokenizerWasMadeOfIsWrittenAsATokenizerJson) {
  const tests::TemporaryDirectory from;
  write_file(from.path() / "vocab.json", R"({"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "a": 4, "b": 5, "ab": 6})");
  write_file(from.path() / "merges.txt", "a b\n");
  write_file(from.path() / "config.json", R"({"model_type": "roberta"})");
  const auto document = nlohmann::json::parse(written_from(from));
  EXPECT_EQ(document["model"]["merges"], nlohmann::json::parse(R"([["a", "b"]])"));
  EXPECT_EQ(document["truncation"]["max_length"], 16);
  EXPECT_TRUE(document["padding"].is_null());
}

}  // namespace
