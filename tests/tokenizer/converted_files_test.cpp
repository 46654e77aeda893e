// Tokenizers from a SentencePiece model, or from vocab.json and merges.txt.
#include "charsmap_blob.hpp"
#include "support/messages.hpp"
#include "tokenizer/conversion.hpp"
#include "tokenizer/scores.hpp"
#include "tokenizer/sentencepiece_file.hpp"
#include "tokenizer_files.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/tokenizer/tokenizer.hpp"
#include "transfer_tune/tokenizer/tokenizer_json.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace tt;
using namespace std::string_literals;
using nlohmann::json;
using tests::holds;
using tests::TokenizerFiles;
using tokenizer::SentencePieceFile;
using tokenizer::Tokenizer;

using Ids = std::vector<std::int32_t>;

std::string varint(std::uint64_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7U) out += static_cast<char>(0x80U | (value & 0x7FU));
  return out + static_cast<char>(value);
}

std::string field(std::uint64_t number, const std::string& bytes) {
  return varint(number << 3U | 2U) + varint(bytes.size()) + bytes;
}

std::string field(std::uint64_t number, std::uint64_t value) { return varint(number << 3U) + varint(value); }

std::string piece(const std::string& text, float score, std::uint64_t kind = SentencePieceFile::normal) {
  std::string out = field(1, text) + varint(2U << 3U | 5U);
  const auto bits = std::bit_cast<std::uint32_t>(score);
  for (unsigned shift = 0; shift < 32; shift += 8) out += static_cast<char>(bits >> shift & 0xFFU);
  return field(1, out + field(3, kind));
}

/// As XLM-RoBERTa's: SentencePiece's own three pieces come first.
std::string model_of(const std::string& pieces) {
  const std::string charsmap = tests::charsmap_blob({{"A", "a"}, {"\u3000", " "}});
  return piece("<unk>", 0, SentencePieceFile::unknown) + piece("<s>", 0, SentencePieceFile::control) +
         piece("</s>", 0, SentencePieceFile::control) + pieces + field(2, field(3, SentencePieceFile::unigram)) +
         field(3, field(1, "nmt"s) + field(2, charsmap));
}

const std::string kPieces = piece("\u2581", -3) + piece("a", -4) + piece("b", -4) + piece("\u2581ab", -5);

Ids ids_of(const TokenizerFiles& files, std::string_view text) {
  return Tokenizer::from_directory(files.path()).encode(text, 1000).ids;
}

std::string error_of(const TokenizerFiles& files) {
  return tests::message_of<CheckpointError>([&] { static_cast<void>(Tokenizer::from_directory(files.path())); });
}

TEST(ConvertedFiles, XlmRobertaShiftsItsIds) {
  const TokenizerFiles files;
  files.write("sentencepiece.bpe.model", model_of(kPieces));
  files.write_json("config.json", {{"model_type", "xlm-roberta"}});
  EXPECT_EQ(ids_of(files, "Ab ba"), (Ids{0, 7, 4, 6, 5, 2})) << "piece 3 is id 4";
  EXPECT_EQ(ids_of(files, "x\u3000b"), (Ids{0, 4, 3, 4, 6, 2}));
  EXPECT_EQ(ids_of(files, "<pad> a<mask>"), (Ids{0, 1, 4, 5, 8, 2}));
  const Tokenizer tokenizer = Tokenizer::from_directory(files.path());
  EXPECT_EQ(tokenizer.pad_id(), 1);
  EXPECT_EQ(tokenizer.vocab_size(), 9U);
  files.write_json("tokenizer_config.json", {{"tokenizer_class", "XLMRobertaTokenizerFast"},
                                             {"added_tokens_decoder", {{"9", {{"content", "<new>"}}}}}});
  EXPECT_EQ(ids_of(files, "a<new>"), (Ids{0, 4, 5, 9, 2}));
}

TEST(ConvertedFiles, OlderFilesOfTokensCountWhereTheConfigListsNone) {
  const TokenizerFiles files;
  files.write("sentencepiece.bpe.model", model_of(kPieces));
  files.write_json("tokenizer_config.json", {{"tokenizer_class", "XLMRobertaTokenizer"}});
  files.write_json("special_tokens_map.json", {{"mask_token", {{"content", "<mask>"}, {"lstrip", true}}}});
  files.write_json("added_tokens.json", {{"<new>", 9}});
  EXPECT_EQ(ids_of(files, "a <mask><new>"), (Ids{0, 4, 5, 8, 9, 2}));
}

TEST(ConvertedFiles, CamembertHasFiveOfItsOwn) {
  const TokenizerFiles files;
  files.write("sentencepiece.bpe.model", model_of(kPieces));
  files.write_json("tokenizer_config.json", {{"tokenizer_class", "CamembertTokenizer"}});
  EXPECT_EQ(ids_of(files, "Ab x <mask>"), (Ids{5, 10, 7, 3, 11, 6})) << "<s> and </s> are the file's, behind the five";
}

TEST(ConvertedFiles, AlbertLowersAndDropsAccentsUnlessItIsToldOtherwise) {
  const TokenizerFiles files;
  const std::string pieces =
      piece("<pad>", 0, SentencePieceFile::control) + piece("<unk>", 0, SentencePieceFile::unknown) +
      piece("[CLS]", 0, SentencePieceFile::control) + piece("[SEP]", 0, SentencePieceFile::control) +
      piece("[MASK]", 0, SentencePieceFile::control) + piece(".", 0, SentencePieceFile::user_defined) + kPieces +
      piece("B", -4) + piece("\"", -4);
  files.write("spiece.model", pieces);
  files.write_json("tokenizer_config.json", {{"tokenizer_class", "AlbertTokenizer"}});
  EXPECT_EQ(ids_of(files, "\u00c1B.``"), (Ids{2, 9, 5, 6, 11, 3}));
  files.write_json("tokenizer_config.json",
                   {{"tokenizer_class", "AlbertTokenizer"}, {"do_lower_case", false}, {"keep_accents", true}});
  EXPECT_EQ(ids_of(files, "aB"), (Ids{2, 6, 7, 10, 3}));
}

TEST(ConvertedFiles, RobertaIsReadFromItsVocabularyAndMerges) {
  const TokenizerFiles files;
  files.write("vocab.json",
              R"({"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "l": 4, "o": 5, "lo": 6, "\u0120": 7, "\u0120lo": 8})");
  files.write("merges.txt", "#version: 0.2\nl o\r\n\u0120 lo\n");
  files.write_json("tokenizer_config.json", {{"tokenizer_class", "RobertaTokenizer"}});
  EXPECT_EQ(ids_of(files, "lo lo<mask>"), (Ids{0, 6, 8, 9, 2})) << "the mask comes behind the vocabulary";
  files.write_json("tokenizer_config.json", {{"tokenizer_class", "RobertaTokenizer"}, {"add_prefix_space", true}});
  EXPECT_EQ(ids_of(files, "lo lo"), (Ids{0, 8, 8, 2}));
  files.write("merges.txt", "l o\nlo\n");
  EXPECT_TRUE(holds(error_of(files), "merges.txt:2: found \"lo\", expected two tokens with one space between them"));
  files.write("merges.txt", "l x\n");
  EXPECT_TRUE(holds(error_of(files), "the token \"x\" of the merge is not in the vocabulary"));
  files.write("vocab.json", "[]");
  EXPECT_TRUE(holds(error_of(files), "vocab.json: /: found an array, expected an object"));
}

TEST(ConvertedFiles, WhatIsNotKnownIsNamed) {
  const TokenizerFiles files;
  files.write("sentencepiece.bpe.model", model_of(kPieces));
  EXPECT_TRUE(holds(error_of(files), "tokenizer_config.json: /: names no \"tokenizer_class\", nor does config.json"));
  files.write_json("config.json", {{"model_type", "mbart"}});
  EXPECT_TRUE(holds(error_of(files),
                    "config.json: /model_type: \"mbart\" cannot be read from sentencepiece.bpe.model; "
                    "supported: xlm-roberta, camembert, albert, deberta-v2, roberta; or add its"));
  files.write_json("tokenizer_config.json", {{"tokenizer_class", "AlbertTokenizer"}});
  EXPECT_TRUE(holds(error_of(files), "/tokenizer_class: \"AlbertTokenizer\" is read from spiece.model, but there is "));
  files.write_json("tokenizer_config.json", {{"tokenizer_class", "XLMRobertaTokenizer"}});
  files.write("sentencepiece.bpe.model", model_of(kPieces) + field(2, field(3, SentencePieceFile::bpe)));
  EXPECT_TRUE(holds(error_of(files), "sentencepiece.bpe.model: the model is of SentencePiece's type 2, but only"));
}

std::string fault_of(const std::string& bytes) {
  return tests::message_of<CheckpointError>([&] { static_cast<void>(tokenizer::parse_sentencepiece(bytes)); });
}

TEST(SentencePieceFile, SaysWhereItCannotBeOne) {
  EXPECT_EQ(fault_of(""), "not a SentencePiece model: it has no pieces");
  EXPECT_TRUE(holds(fault_of("\x0a\x05"
                             "abc"),
                    "at byte 2 is a field that goes on behind the end; is it cut off?"));
  EXPECT_TRUE(holds(fault_of("\x0b"), "a field of a kind that is not known"));
  EXPECT_TRUE(holds(fault_of("\x02\x00"s), "a field without a number"));
  EXPECT_TRUE(holds(fault_of(std::string(11, '\xff')), "a number of more than 64 bits"));
  EXPECT_TRUE(holds(fault_of(field(1, std::uint64_t{7})), "field 1, which was expected to be bytes"));
  EXPECT_TRUE(holds(fault_of(piece("a\xff", 0)), "the piece \"a\\xff\", which is not UTF-8"));
  EXPECT_TRUE(holds(fault_of(piece("a", std::nanf(""))), "the piece \"a\", whose score is nan"));
  EXPECT_TRUE(holds(fault_of(piece("a", std::numeric_limits<float>::infinity())), "whose score is inf"));
}

TEST(SentencePieceFile, SurvivesEveryCutAndAnyBytes) {
  const std::string whole = model_of(kPieces);
  for (std::size_t length = 0; length < whole.size(); length += length < 300 ? 1 : 97) {
    static_cast<void>(fault_of(whole.substr(0, length)));
  }
  std::mt19937 generator(7);
  for (int i = 0; i < 3000; ++i) {
    std::string bytes = whole.substr(0, 200);
    for (int j = 0; j < 3; ++j) bytes[generator() % bytes.size()] = static_cast<char>(generator());
    static_cast<void>(fault_of(bytes));
    std::string noise(generator() % 60, '\0');
    for (char& c : noise) c = static_cast<char>(generator());
    static_cast<void>(fault_of(noise));
  }
}

TEST(ConvertedFiles, ScoresAreWrittenSoThatTheyAreReadAsTheSameOrNearly) {
  std::mt19937 generator(5);
  int same = 0;
  for (int i = 0; i < 2000; ++i) {
    const double score = -20.0F * static_cast<float>(generator()) / 4294967296.0F;
    const double read = tokenizer::read_score(tokenizer::write_score(score));
    same += read == score ? 1 : 0;
    EXPECT_NEAR(read, score, 1e-14);
  }
  EXPECT_GT(same, 1900);
  EXPECT_EQ(tokenizer::write_score(0), "0.0e+00");
}

TEST(ConvertedFiles, TheTextThatIsMadeIsATokenizerJson) {
  const TokenizerFiles files;
  files.write("sentencepiece.bpe.model", model_of(kPieces));
  files.write_json("config.json", {{"model_type", "xlm-roberta"}});
  const TokenizerFiles written;
  written.write("tokenizer.json", tokenizer::tokenizer_json_of(files.path()).value());
  EXPECT_EQ(ids_of(written, "Ab ba x<mask>"), ids_of(files, "Ab ba x<mask>"));
  const TokenizerFiles bert;
  bert.write("vocab.txt", "[UNK]\n");
  EXPECT_FALSE(tokenizer::tokenizer_json_of(bert.path()));
}

}  // namespace
