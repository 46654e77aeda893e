#include "transfer_tune/data/translations.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace tt::data {
namespace {

/// `count` texts of a language whose labels change in no simple way.
void add(std::vector<Example>& examples, const std::string& language, std::size_t count, std::size_t factor = 5) {
  for (std::size_t i = 0; i < count; ++i) {
    Example example;
    example.text = language + " " + std::to_string(i);
    example.label = std::to_string(i * i / factor % 4);
    example.language = language;
    examples.push_back(example);
  }
}

TEST(Translations, AreSeenByTheOrderOfTheirLabels) {
  std::vector<Example> examples;
  add(examples, "de", 40);
  add(examples, "en", 40);
  add(examples, "fr", 40, 7);
  add(examples, "ja", 30);
  const Translations found = find_translations(examples);
  EXPECT_EQ(found.languages, (std::vector<std::string>{"de", "en", "ja"}));
  ASSERT_EQ(found.sentences.size(), examples.size());
  for (std::size_t i = 0; i < 40; ++i) {
    EXPECT_EQ(found.sentences[i], found.sentences[40 + i]);
    if (i < 30) {
      EXPECT_EQ(found.sentences[i], found.sentences[120 + i]);
    }
  }
  EXPECT_EQ(std::set<std::int32_t>(found.sentences.begin(), found.sentences.end()).size(), 40U + 40U);
}

TEST(Translations, AreKeptAsTheirTextsAre) {
  std::vector<Example> examples;
  add(examples, "de", 40);
  add(examples, "en", 40);
  Translations found = find_translations(examples);
  found.keep(std::vector<std::size_t>{1, 2, 41});
  ASSERT_EQ(found.sentences.size(), 3U);
  EXPECT_EQ(found.sentences[0], found.sentences[2]);
  EXPECT_NE(found.sentences[0], found.sentences[1]);
}

TEST(Translations, AreNotWhatChanceAlonePutsInOrder) {
  std::vector<Example> sorted;
  for (const char* language : {"de", "en"}) {
    for (std::size_t i = 0; i < 80; ++i) {
      Example example;
      example.label = std::to_string(i / 20);
      example.language = language;
      sorted.push_back(example);
    }
  }
  EXPECT_TRUE(find_translations(sorted).sentences.empty());

  std::vector<Example> few;
  add(few, "de", 10);
  add(few, "en", 10);
  EXPECT_TRUE(find_translations(few).sentences.empty());

  std::vector<Example> others;
  add(others, "de", 40, 5);
  add(others, "en", 40, 7);
  EXPECT_TRUE(find_translations(others).sentences.empty());

  std::vector<Example> one;
  add(one, "", 40);
  EXPECT_TRUE(find_translations(one).languages.empty());
  EXPECT_TRUE(find_translations({}).languages.empty());
}

}  // namespace
}  // namespace tt::data
