#include "transfer_tune/tokenizer/tokenizer.hpp"

#include "tokenizer_files.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/tokenizer/coverage.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

using namespace tt;
using tests::small_tokenizer;
using tests::TokenizerFiles;
using tokenizer::Tokenizer;

namespace {

using Ids = std::vector<std::int32_t>;

Tokenizer tokenizer_of(const nlohmann::json& document) {
  const TokenizerFiles files;
  files.write_json("tokenizer.json", document);
  return Tokenizer::from_directory(files.path());
}

Ids ids_of(const Tokenizer& tokenizer, std::string_view text) { return tokenizer.encode(text, 512).ids; }

nlohmann::json added(int id, const char* content, const char* flag = nullptr) {
  nlohmann::json token{{"id", id}, {"content", content}, {"special", false}, {"normalized", false}};
  if (flag != nullptr) token[flag] = true;
  return token;
}

}  // namespace

TEST(Tokenizer, PutsSpecialTokensAroundTheText) {
  const auto tokenizer = tokenizer_of(small_tokenizer());
  EXPECT_EQ(ids_of(tokenizer, "My cards LOST"), (Ids{2, 6, 4, 7, 5, 3}));
  EXPECT_EQ(ids_of(tokenizer, ""), (Ids{2, 3}));
  EXPECT_EQ(ids_of(tokenizer, "lost?"), (Ids{2, 5, 1, 3}));
}

TEST(Tokenizer, PutsAPromptInFrontOfEveryText) {
  auto tokenizer = tokenizer_of(small_tokenizer());
  const std::string plain = tokenizer.fingerprint();
  tokenizer.set_prompt("my ");
  EXPECT_EQ(ids_of(tokenizer, "cards lost"), (Ids{2, 6, 4, 7, 5, 3}));
  EXPECT_EQ(ids_of(tokenizer, ""), (Ids{2, 6, 3}));
  const auto batch = tokenizer.encode_batch({"cards lost", "lost", "cards"}, 4, 2);
  EXPECT_EQ(batch[0].ids, (Ids{2, 6, 4, 3}));
  EXPECT_TRUE(batch[0].truncated);
  EXPECT_EQ(batch[1].ids, (Ids{2, 6, 5, 3}));
  EXPECT_FALSE(batch[1].truncated);
  EXPECT_NE(tokenizer.fingerprint(), plain);
  tokenizer.set_prompt("");
  EXPECT_EQ(tokenizer.fingerprint(), plain);
}

TEST(Tokenizer, KnowsWhatFallsApart) {
  nlohmann::json document = small_tokenizer();
  for (const char* piece : {"к", "##а", "##р", "##т", "カ", "失", "##ナ", "##カ"}) {
    document["model"]["vocab"][piece] = document["model"]["vocab"].size();
  }
  const auto tokenizer = tokenizer_of(document);
  const auto apart = [&](std::string_view text) {
    return tokenizer::falls_apart(tokenizer, text, ids_of(tokenizer, text));
  };
  EXPECT_FALSE(apart("my cards lost, my card lost"));
  EXPECT_FALSE(apart(""));
  EXPECT_TRUE(apart("my cards are lost")) << "a word in four is unknown";
  EXPECT_TRUE(apart("карта карта карта")) << "letter by letter";
  EXPECT_FALSE(apart("カナカナ カナ 失")) << "a character is a syllable there";
  EXPECT_FALSE(apart("\xff\xfe")) << "nothing is left of it";
}

TEST(Tokenizer, TakesTheWholeWordForUnknownWhenAPartIs) {
  const auto tokenizer = tokenizer_of(small_tokenizer());
  EXPECT_EQ(ids_of(tokenizer, "cardx"), (Ids{2, 1, 3}));
  EXPECT_EQ(ids_of(tokenizer, "ssss my"), (Ids{2, 1, 6, 3}));
  EXPECT_EQ(ids_of(tokenizer, "cardssssss"), (Ids{2, 4, 7, 7, 7, 7, 7, 7, 3}));
  EXPECT_EQ(ids_of(tokenizer, "cardsssssss"), (Ids{2, 1, 3})) << "11 characters, limit 10";
}

TEST(Tokenizer, CutsToTheMaximumLengthAndSaysSo) {
  const auto tokenizer = tokenizer_of(small_tokenizer());
  const auto fits = tokenizer.encode("my cards", 5);
  EXPECT_EQ(fits.ids, (Ids{2, 6, 4, 7, 3}));
  EXPECT_FALSE(fits.truncated);
  const auto cut = tokenizer.encode("my cards", 4);
  EXPECT_EQ(cut.ids, (Ids{2, 6, 4, 3}));
  EXPECT_TRUE(cut.truncated);
  EXPECT_EQ(tokenizer.encode("my [SEP] lost", 4).ids, (Ids{2, 6, 3, 3}));
  EXPECT_EQ(tokenizer.encode("lost my card", 3).ids, (Ids{2, 5, 3}));
  EXPECT_THROW(static_cast<void>(tokenizer.encode("my", 2)), UsageError);
  EXPECT_THROW(static_cast<void>(tokenizer.encode_batch({"my"}, 0, 1)), UsageError);
  EXPECT_EQ(tokenizer.stated_max_length(), 8U) << "reported, not applied";
}

TEST(Tokenizer, ReadsBytesThatAreNotUtf8AsReplacementCharacters) {
  EXPECT_EQ(ids_of(tokenizer_of(small_tokenizer()), "my\xff card\xe2\x82s"), (Ids{2, 6, 4, 7, 3}))
      << "clean_text removes U+FFFD";
  auto document = small_tokenizer();
  document["normalizer"]["clean_text"] = false;
  document["model"]["vocab"]["##\uFFFD"] = 9;
  EXPECT_EQ(ids_of(tokenizer_of(document), "my\xff card\xe2\x82s"), (Ids{2, 6, 9, 4, 9, 9, 7, 3}));
}

TEST(Tokenizer, FindsAddedTokensInTheText) {
  auto document = small_tokenizer();
  document["added_tokens"].push_back(added(9, "<A>"));
  document["added_tokens"].push_back(added(10, "<A>>", "lstrip"));
  document["added_tokens"].push_back(added(11, "Foo", "single_word"));
  document["added_tokens"].push_back(added(12, "Card", "normalized"));
  const auto tokenizer = tokenizer_of(document);
  EXPECT_EQ(tokenizer.vocab_size(), 13U);
  EXPECT_EQ(tokenizer.token(10), "<A>>");
  EXPECT_EQ(ids_of(tokenizer, "my<A>my"), (Ids{2, 6, 9, 6, 3}));
  EXPECT_EQ(ids_of(tokenizer, "my <A>>"), (Ids{2, 6, 10, 3})) << "the longest of those that start leftmost";
  EXPECT_EQ(ids_of(tokenizer, "Foo Foos foo"), (Ids{2, 11, 1, 1, 3})) << "a word of its own, as it is written";
  EXPECT_EQ(ids_of(tokenizer, "cárds"), (Ids{2, 12, 1, 3})) << "found in the normal form";
  EXPECT_EQ(ids_of(tokenizer, "my[SEP]"), (Ids{2, 6, 3, 3}));
}

TEST(Tokenizer, DoesWithoutNormalizerPreTokenizerAndPostProcessor) {
  auto document = small_tokenizer();
  document["normalizer"] = nullptr;
  document["pre_tokenizer"] = nullptr;
  document["post_processor"] = nullptr;
  const auto tokenizer = tokenizer_of(document);
  EXPECT_EQ(ids_of(tokenizer, "cards"), (Ids{4, 7}));
  EXPECT_EQ(ids_of(tokenizer, "My card"), (Ids{1}));
  EXPECT_EQ(ids_of(tokenizer, ""), Ids{});
}

TEST(Tokenizer, ReadsOtherSpellingsOfTheSamePipeline) {
  auto document = small_tokenizer();
  document["model"].erase("type");
  document["normalizer"] = {{"type", "Sequence"}, {"normalizers", {document["normalizer"]}}};
  document["pre_tokenizer"] = {{"type", "Sequence"}, {"pretokenizers", {document["pre_tokenizer"]}}};
  for (const char* type : {"BertProcessing", "RobertaProcessing"}) {
    document["post_processor"] = {{"type", type}, {"cls", {"[CLS]", 2}}, {"sep", {"[SEP]", 3}}};
    EXPECT_EQ(ids_of(tokenizer_of(document), "My cards LOST"), (Ids{2, 6, 4, 7, 5, 3})) << type;
  }
}

TEST(Tokenizer, PadsWithTheTokenThatTheFilesName) {
  auto document = small_tokenizer();
  EXPECT_EQ(tokenizer_of(document).pad_id(), 0);
  document["padding"] = {{"pad_id", 8}, {"pad_token", "c"}};
  EXPECT_EQ(tokenizer_of(document).pad_id(), 8);
  document["padding"] = nullptr;
  document["truncation"] = nullptr;
  const TokenizerFiles files;
  files.write_json("tokenizer.json", document);
  files.write_json("tokenizer_config.json",
                   nlohmann::json{{"pad_token", {{"content", "my"}}}, {"model_max_length", 512}});
  EXPECT_EQ(Tokenizer::from_directory(files.path()).pad_id(), 6);
  EXPECT_EQ(Tokenizer::from_directory(files.path()).stated_max_length(), 512U);
  files.write_json("tokenizer_config.json", nlohmann::json{{"model_max_length", 1e30}});
  EXPECT_EQ(Tokenizer::from_directory(files.path()).stated_max_length(), 0U) << "1e30 stands for no limit";
}

TEST(Tokenizer, ReadsVocabTxtAsItsConfigSays) {
  const TokenizerFiles files;
  files.write("vocab.txt", std::string_view("<p>\n<u>\r\n<c>\n<s>\nmy  \nMy\n\n\ncafé\ncafe\n##s"));
  nlohmann::json config{{"pad_token", "<p>"}, {"unk_token", "<u>"}, {"cls_token", "<c>"}, {"sep_token", "<s>"}};
  files.write_json("tokenizer_config.json", config);
  const auto uncased = Tokenizer::from_directory(files.path());
  EXPECT_EQ(ids_of(uncased, "My cafés<s>"), (Ids{2, 4, 9, 10, 3, 3})) << "blank lines are tokens that no text has";
  config["do_lower_case"] = false;
  files.write_json("tokenizer_config.json", config);
  EXPECT_EQ(ids_of(Tokenizer::from_directory(files.path()), "My cafés"), (Ids{2, 5, 8, 10, 3}));
  config["strip_accents"] = true;
  files.write_json("tokenizer_config.json", config);
  EXPECT_EQ(ids_of(Tokenizer::from_directory(files.path()), "My cafés"), (Ids{2, 5, 9, 10, 3}));
}

TEST(Tokenizer, KeepsTheOrderOfABatchOnAnyNumberOfThreads) {
  const auto tokenizer = tokenizer_of(small_tokenizer());
  std::mt19937 generator(3);
  std::vector<std::string> texts;
  for (int i = 0; i < 1000; ++i) {
    std::string text;
    for (auto words = generator() % 9; words > 0; --words) {
      static constexpr const char* kWords[] = {"my ", "card", "s", " Lost", "é", "[SEP]", "?"};
      text += kWords[generator() % 7];
    }
    texts.push_back(text);
  }
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  for (const std::size_t threads : {0, 1, 2, 7}) {
    const auto batch = tokenizer.encode_batch(views, 6, threads);
    ASSERT_EQ(batch.size(), texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const auto single = tokenizer.encode(texts[i], 6);
      ASSERT_EQ(batch[i].ids, single.ids) << texts[i];
      ASSERT_EQ(batch[i].truncated, single.truncated) << texts[i];
    }
  }
  EXPECT_TRUE(tokenizer.encode_batch({}, 6, 4).empty());
}

TEST(Tokenizer, NamesItsTokensAndItself) {
  const auto tokenizer = tokenizer_of(small_tokenizer());
  EXPECT_EQ(tokenizer.token(4), "card");
  EXPECT_EQ(tokenizer.vocab_size(), 9U);
  EXPECT_THROW(static_cast<void>(tokenizer.token(9)), CheckpointError);
  EXPECT_THROW(static_cast<void>(tokenizer.token(-1)), CheckpointError);
  EXPECT_EQ(tokenizer.summary(),
            "WordPiece, 9 tokens, 2 of them added; BertNormalizer (lowercase, accents stripped, cleaned, CJK "
            "characters apart); BertPreTokenizer");
}

TEST(Tokenizer, AppliesTheNormalizersOfASequenceOneAfterTheOther) {
  auto document = small_tokenizer();
  auto accents = document["normalizer"];
  accents.update({{"lowercase", false}, {"strip_accents", true}});
  auto lower = document["normalizer"];
  lower.update({{"lowercase", true}, {"strip_accents", false}});
  document["normalizer"] = {{"type", "Sequence"},
                            {"normalizers", {accents, {{"type", "Sequence"}, {"normalizers", {lower}}}}}};
  EXPECT_EQ(ids_of(tokenizer_of(document), "M\u00FD cards"), (Ids{2, 6, 4, 7, 3}));
}

TEST(Tokenizer, FingerprintsWhatDecidesItsIds) {
  const auto document = small_tokenizer();
  const std::string fingerprint = tokenizer_of(document).fingerprint();
  EXPECT_EQ(fingerprint.size(), 64U);
  auto same = document;
  same["truncation"] = nullptr;
  same["post_processor"] = {{"type", "BertProcessing"}, {"cls", {"[CLS]", 2}}, {"sep", {"[SEP]", 3}}};
  EXPECT_EQ(tokenizer_of(same).fingerprint(), fingerprint) << "another spelling of the same ids";
  for (const auto& [pointer, value] :
       std::vector<std::pair<const char*, nlohmann::json>>{{"/model/vocab",
                                                            {{"[PAD]", 0},
                                                             {"[UNK]", 1},
                                                             {"[CLS]", 2},
                                                             {"[SEP]", 3},
                                                             {"card", 4},
                                                             {"lost", 5},
                                                             {"your", 6},
                                                             {"##s", 7},
                                                             {"c", 8}}},
                                                           {"/model/max_input_chars_per_word", 11},
                                                           {"/model/unk_token", "c"},
                                                           {"/model/continuing_subword_prefix", "#"},
                                                           {"/normalizer/lowercase", false},
                                                           {"/normalizer", nullptr},
                                                           {"/pre_tokenizer", nullptr},
                                                           {"/post_processor", nullptr},
                                                           {"/added_tokens/0/single_word", true},
                                                           {"/added_tokens/0/normalized", true}}) {
    auto other = document;
    other[nlohmann::json::json_pointer(pointer)] = value;
    EXPECT_NE(tokenizer_of(other).fingerprint(), fingerprint) << pointer;
  }
}

TEST(Tokenizer, SurvivesAnyBytes) {
  const auto tokenizer = tokenizer_of(small_tokenizer());
  std::mt19937 generator(11);
  for (int i = 0; i < 2000; ++i) {
    std::string text(generator() % 40, '\0');
    for (char& byte : text) byte = static_cast<char>(generator());
    const auto encoding = tokenizer.encode(text, 64);
    EXPECT_GE(encoding.ids.size(), 2U);
    EXPECT_LE(encoding.ids.size(), 64U);
  }
}
