// Against the tokenizers package: goldens written by scripts/goldens/tokenizer_goldens.py.
#include "charsmap_blob.hpp"
#include "tokenizer/bert_normalizer.hpp"
#include "tokenizer/bert_pre_tokenizer.hpp"
#include "tokenizer/parts.hpp"
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
using tokenizer::NormalForm;
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

TEST(TokenizerGoldens, UnigramAsXlmRobertaHasIt) { expect_cases("unigram"); }

TEST(TokenizerGoldens, UnigramWithBytesAndManyParts) { expect_cases("unigram_bytes"); }

TEST(TokenizerGoldens, BpeAsSentencePieceHasIt) { expect_cases("llama"); }

TEST(TokenizerGoldens, BpeThatMarksTheEndsOfWords) { expect_cases("word_ends"); }

TEST(TokenizerGoldens, FormsOfEveryCodePoint) {
  std::vector<std::pair<std::string, std::string>> leads;
  for (char c = 1; c > 0; c = static_cast<char>(c + 1)) leads.emplace_back(std::string(1, c), "x");
  for (const char* lead : {"\u00a9", "\u0600", "\u0915", "\u1100"}) leads.emplace_back(lead, "x");
  const std::vector<tokenizer::Normalizer> parts{
      NormalForm(false, true),   NormalForm(false, false),
      NormalForm(true, true),    NormalForm(true, false),
      tokenizer::StripAccents(), tokenizer::Nmt(),
      tokenizer::Lowercase(),    tokenizer::Precompiled(tests::charsmap_blob(leads))};
  expect_code_points(4, [&, form = std::string()](std::string_view text, std::string& out) mutable {
    for (const auto& part : parts) {
      std::visit([&](const auto& kind) { kind.normalize(text, form); }, part);
      (out += form) += '\n';
    }
  });
}

TEST(TokenizerGoldens, PartsOfEveryCodePoint) {
  const std::vector<tokenizer::PreTokenizer> parts{tokenizer::Whitespace(), tokenizer::WhitespaceSplit(),
                                                   tokenizer::Punctuation(tokenizer::Parting::isolated),
                                                   tokenizer::Digits(true)};
  expect_code_points(5, [&, words = tokenizer::Words()](std::string_view text, std::string& out) mutable {
    for (const auto& part : parts) {
      words.clear();
      std::visit([&](const auto& kind) { kind.split(std::vector{tokenizer::Word{text}}, words); }, part);
      for (const auto& word : words.list()) (out += word.text) += '\n';
      out += '\n';
    }
  });
}

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
