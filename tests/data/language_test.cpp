#include "transfer_tune/data/splits.hpp"

#include "data_support.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace tt::tests {
namespace {

using data::ReadOptions;

using ReadLanguages = DataTest;

std::vector<std::string> languages_of(const data::Dataset& dataset) {
  std::vector<std::string> languages;
  for (const data::Example& example : dataset.examples) languages.push_back(example.language);
  return languages;
}

TEST_F(ReadLanguages, OfEveryFormatThatHasColumns) {
  const ReadOptions options{.language_column = "lang"};
  const std::vector<std::string> expected{"en", "zh-TW", "unknown", "unknown"};
  EXPECT_EQ(languages_of(read("a.csv", "lang,text,label\nen,a,x\n zh-TW ,b,x\n,c,x\n\xC2\xA0,d,x\n", options)),
            expected);
  EXPECT_EQ(languages_of(read("a.tsv", "text\tlabel\tlang\na\tx\ten\nb\tx\tzh-TW\nc\tx\t\nd\tx\t \n", options)),
            expected);
  const std::string records = R"({"text": "a", "label": "x", "lang": "en"}
{"text": "b", "label": "x", "lang": " zh-TW"}
{"text": "c", "label": "x", "lang": null}
{"text": "d", "label": "x", "lang": ""})";
  EXPECT_EQ(languages_of(read("a.jsonl", records, options)), expected);
  EXPECT_EQ(languages_of(read("a.json", "[" + replaced(records, "}\n{", "},\n{") + "]", options)), expected);
  EXPECT_EQ(languages_of(read("a.csv", "lang,text,label\nen,a,x\n")), std::vector<std::string>{""}) << "not asked for";
}

TEST_F(ReadLanguages, TheColumnTellsTheDelimiter) {
  const ReadOptions options{.language_column = "lang"};
  EXPECT_EQ(languages_of(read("a.csv", "text;label;lang\na, b;x;en\n", options)), std::vector<std::string>{"en"});
}

TEST_F(ReadLanguages, AColumnThatIsNotThereIsNamed) {
  const ReadOptions options{.language_column = "lang"};
  EXPECT_EQ(error_of("a.csv", "text,label,language\na,x,en\n", options),
            "a.csv:1: no column \"lang\" (language_column) in the header; found: \"text\", \"label\", \"language\"");
  EXPECT_EQ(error_of("a.jsonl",
                     "{\"text\": \"a\", \"label\": \"x\"}\n{\"text\": \"b\", \"label\": \"x\", \"lang\": []}", options),
            "a.jsonl:1: no key \"lang\" (language_column); found: \"label\", \"text\"\n"
            "a.jsonl:2: key \"lang\": expected a string, a number, a boolean or null, found array");
  EXPECT_EQ(error_of("a.txt", "__label__x a\n", options),
            "a.txt: column \"lang\": fastText's lines hold only texts and labels; convert it to .csv to add columns");
}

TEST_F(ReadLanguages, WhereItIsNotRequiredItMayBeAbsent) {
  const ReadOptions options{.language_column = "lang", .language_required = false};
  EXPECT_EQ(languages_of(read("a.csv", "text,label\na,x\n", options)), std::vector<std::string>{""});
  EXPECT_EQ(languages_of(read("a.csv", "text,label,lang\na,x,en\n", options)), std::vector<std::string>{"en"});
  EXPECT_EQ(languages_of(read("a.jsonl", "{\"text\": \"a\", \"label\": \"x\"}\n", options)),
            std::vector<std::string>{""});
  EXPECT_EQ(languages_of(read("a.txt", "__label__x a\n", options)), std::vector<std::string>{""});
}

/// Labels 0 to 3 in languages 0 to 2, of which the first has most texts.
struct Texts {
  Texts() {
    for (int i = 0; i < 360; ++i) {
      labels.push_back(i % 4);
      const int draw = i * 7 % 12;
      languages.push_back(draw < 6 ? 0 : draw < 10 ? 1 : 2);
    }
  }
  [[nodiscard]] std::map<std::int32_t, int> by_language(const std::vector<std::size_t>& positions) const {
    std::map<std::int32_t, int> counts;
    for (const std::size_t i : positions) ++counts[languages[i]];
    return counts;
  }
  std::vector<std::int32_t> labels, languages;
};

TEST(SplitsByLanguage, HoldOutEachInProportion) {
  const Texts texts;
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    const data::Split split = data::stratified_split(texts.labels, 0.1, seed, texts.languages);
    EXPECT_EQ(split.held_out.size(), 36U);
    EXPECT_EQ(texts.by_language(split.held_out), (std::map<std::int32_t, int>{{0, 18}, {1, 12}, {2, 6}})) << seed;
  }
  EXPECT_NE(data::stratified_split(texts.labels, 0.1, 1, texts.languages).held_out,
            data::stratified_split(texts.labels, 0.1, 2, texts.languages).held_out);
}

TEST(SplitsByLanguage, FoldsHoldEachInProportion) {
  const Texts texts;
  std::vector<int> times(texts.labels.size(), 0);
  for (const data::Split& fold : data::stratified_folds(texts.labels, 5, 7, texts.languages)) {
    for (const std::size_t i : fold.held_out) ++times[i];
    std::map<std::int32_t, int> counts = texts.by_language(fold.held_out);
    EXPECT_NEAR(counts[0], 36, 2);
    EXPECT_NEAR(counts[1], 24, 2);
    EXPECT_NEAR(counts[2], 12, 2);
  }
  EXPECT_EQ(times, std::vector<int>(times.size(), 1));
}

TEST(SplitsByLanguage, OneLanguageChangesNothing) {
  const Texts texts;
  const std::vector<std::int32_t> one(texts.labels.size(), 0);
  EXPECT_EQ(data::stratified_split(texts.labels, 0.1, 7, one).held_out,
            data::stratified_split(texts.labels, 0.1, 7).held_out);
  const auto folds = data::stratified_folds(texts.labels, 5, 7, one);
  const auto plain = data::stratified_folds(texts.labels, 5, 7);
  for (std::size_t i = 0; i < folds.size(); ++i) EXPECT_EQ(folds[i].held_out, plain[i].held_out);
  EXPECT_THROW((void)data::stratified_split(texts.labels, 0.1, 7, std::vector<std::int32_t>{0}), InternalError);
  EXPECT_THROW((void)data::stratified_folds(texts.labels, 5, 7, std::vector<std::int32_t>{0}), InternalError);
}

}  // namespace
}  // namespace tt::tests
