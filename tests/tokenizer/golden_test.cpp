// Against the tokenizers package: goldens written by scripts/goldens/tokenizer_goldens.py.
#include "tokenizer/bert_normalizer.hpp"
#include "tokenizer/bert_pre_tokenizer.hpp"
#include "tokenizer/utf8.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/tokenizer/tokenizer.hpp"

#include <nlohmann/json.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

namespace fs = std::filesystem;
using namespace tt;
using tokenizer::BertNormalizer;
using tokenizer::BertPreTokenizer;
using tokenizer::Tokenizer;

namespace {

constexpr char32_t kBlock = 1024;
constexpr std::size_t kNoLimit = 100000;

fs::path goldens() { return fs::path(TT_SOURCE_DIR) / "tests/tokenizer/goldens"; }

struct Case {
  std::string text;
  std::vector<std::int32_t> ids;
};

std::vector<Case> read_cases(const fs::path& directory) {
  std::vector<Case> cases;
  for (const auto& item : nlohmann::json::parse(std::ifstream(directory / "cases.json"))) {
    cases.push_back({item.at("text"), item.at("ids")});
  }
  return cases;
}

void expect_cases(const std::string& name) {
  const auto tokenizer = Tokenizer::from_directory(goldens() / name);
  const auto cases = read_cases(goldens() / name);
  ASSERT_GT(cases.size(), 200U);
  for (const auto& [text, ids] : cases) {
    EXPECT_EQ(tokenizer.encode(text, kNoLimit).ids, ids) << nlohmann::json(text).dump(-1, ' ', true);
  }
}

/// What a column of code_points.txt hashes for one text.
using Column = std::function<void(std::string_view text, std::string& out)>;

/// Compares column `index` of code_points.txt for each code point `c`, as itself and as "acb".
void expect_code_points(std::size_t index, const Column& column) {
  std::ifstream file(goldens() / "code_points.txt");
  std::string line;
  std::getline(file, line);
  char32_t start = 0;
  for (; std::getline(file, line); start += kBlock) {
    std::istringstream fields(line);
    std::string expected;
    for (std::size_t i = 0; i <= index + 1; ++i) fields >> expected;
    std::string out;
    for (char32_t c = start; c < start + kBlock; ++c) {
      if (c >= 0xD800 && c < 0xE000) continue;
      std::string text = "a";
      tokenizer::append_utf8(c, text);
      text += 'b';
      column(std::string_view(text).substr(1, text.size() - 2), out);
      column(text, out);
    }
    EXPECT_EQ(sha256_hex(out).substr(0, 8), expected) << "block of U+" << std::hex << static_cast<std::uint32_t>(start);
  }
  EXPECT_EQ(start, 0x110000U);
}

/// The words of a text, a line each, and an empty line.
Column words(const BertNormalizer::Settings& settings) {
  return [normalizer = BertNormalizer(settings), normal = std::string(), words = tokenizer::Words()](
             std::string_view text, std::string& out) mutable {
    normalizer.normalize(text, normal);
    words.clear();
    BertPreTokenizer().split(std::vector{tokenizer::Word{normal}}, words);
    for (const auto& word : words.list()) (out += word.text) += '\n';
    out += '\n';
  };
}

}  // namespace

TEST(TokenizerGoldens, TokenizerJson) { expect_cases("tokenizer_json"); }

TEST(TokenizerGoldens, VocabTxt) { expect_cases("vocab_txt"); }

TEST(TokenizerGoldens, RobertaStyleBytes) { expect_cases("roberta"); }

TEST(TokenizerGoldens, Cl100kStyleBytes) { expect_cases("cl100k"); }

TEST(TokenizerGoldens, WordsOfEveryCodePointUncased) {
  expect_code_points(0, words({.strip_accents = true, .lowercase = true}));
}

TEST(TokenizerGoldens, WordsOfEveryCodePointCased) {
  expect_code_points(1, words({.strip_accents = false, .lowercase = false}));
}

TEST(TokenizerGoldens, WordsOfEveryCodePointLowercasedWithAccents) {
  expect_code_points(2, words({.strip_accents = false, .lowercase = true}));
}

TEST(TokenizerGoldens, IdsOfEveryCodePoint) {
  const fs::path encoder = fs::path(TT_SOURCE_DIR) / ".deps/encoders/all-MiniLM-L6-v2";
  if (!fs::exists(encoder / "tokenizer.json")) GTEST_SKIP() << "no encoder at " << encoder << ": run scripts/setup";
  const auto tokenizer = Tokenizer::from_directory(encoder);
  expect_code_points(3, [&](std::string_view text, std::string& out) {
    std::string line;
    for (const auto id : tokenizer.encode(text, kNoLimit).ids) {
      if (!line.empty()) line += ' ';
      line += std::to_string(id);
    }
    (out += line) += '\n';
  });
}
