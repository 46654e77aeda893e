#include "tokenizer/bert_normalizer.hpp"

#include <gtest/gtest.h>

#include <string>

using tt::tokenizer::BertNormalizer;
using namespace std::string_literals;

namespace {

constexpr BertNormalizer::Settings kNothing{
    .clean_text = false, .space_cjk = false, .strip_accents = false, .lowercase = false};

std::string normal_form(const BertNormalizer::Settings& settings, std::string_view text) {
  std::string out = "left over";
  BertNormalizer(settings).normalize(text, out);
  return out;
}

}  // namespace

TEST(BertNormalizer, LeavesTheTextAloneWithNothingOn) {
  const std::string text = "A\0\t\uFFFD Café 你 e\u0301\u0323"s;
  EXPECT_EQ(normal_form(kNothing, text), text);
}

TEST(BertNormalizer, RemovesControlsAndBlanksWhitespace) {
  auto settings = kNothing;
  settings.clean_text = true;
  EXPECT_EQ(normal_form(settings,
                        "a\tb\r\nc\x01"
                        "d\x7F\u00A0e\u2028f\u200D\uFFFDg"),
            "a b  cd e fg");
  EXPECT_EQ(normal_form(settings, "\x0B\x0C\u0085"), "") << "whitespace to some, controls here";
}

TEST(BertNormalizer, SetsCjkCharactersApart) {
  auto settings = kNothing;
  settings.space_cjk = true;
  EXPECT_EQ(normal_form(settings, "a你好b\u3042"), "a 你  好 b\u3042") << "hiragana is not apart";
}

TEST(BertNormalizer, DecomposesOrdersAndStripsMarks) {
  auto settings = kNothing;
  settings.strip_accents = true;
  EXPECT_EQ(normal_form(settings, "Café e\u0301\u0323 ǖ Å"), "Cafe e u A");
  EXPECT_EQ(normal_form(settings, "각가"), "\u1100\u1161\u11A8\u1100\u1161") << "syllables become letters";
  // U+1D165 (class 216) goes before U+302E (class 224) though a stripped mark stands between.
  EXPECT_EQ(normal_form(settings, "x\u302E\u0301\U0001D165"), "x\U0001D165\u302E");
  EXPECT_EQ(normal_form(settings, "x\u302Ey\U0001D165"), "x\u302Ey\U0001D165") << "a letter parts them";
}

TEST(BertNormalizer, LowercasesCharacterByCharacter) {
  auto settings = kNothing;
  settings.lowercase = true;
  EXPECT_EQ(normal_form(settings, "ÉCOLE ΑΣ İ ẞ"), "école ασ i\u0307 ß") << "no final sigma";
  settings.strip_accents = true;
  EXPECT_EQ(normal_form(settings, "ÉCOLE İ"), "ecole i");
}

TEST(BertNormalizer, StaysFastOnManyMarksInARow) {
  auto settings = kNothing;
  settings.strip_accents = true;
  std::string text = "x";
  for (int i = 0; i < 100000; ++i) text += i % 2 == 0 ? "\u302E" : "\U0001D165";
  const std::string form = normal_form(settings, text);
  EXPECT_EQ(form.size(), text.size());
  EXPECT_EQ(form.substr(0, 5), "x\U0001D165");
}
