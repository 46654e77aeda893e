#include "charsmap_blob.hpp"
#include "support/messages.hpp"
#include "tokenizer/normal_form.hpp"
#include "tokenizer/precompiled.hpp"
#include "tokenizer/replace.hpp"
#include "tokenizer/text_normalizers.hpp"
#include "tokenizer_files.hpp"
#include "transfer_tune/core/error.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace {

using namespace tt;
using namespace tt::tokenizer;
using namespace std::string_literals;
using nlohmann::json;
using tests::base64_of;
using tests::charsmap_blob;
using tests::holds;

template <class Part>
std::string form_of(const Part& part, std::string_view text) {
  std::string out = "left over";
  part.normalize(text, out);
  return out;
}

TEST(NormalForm, DecomposesComposesAndFolds) {
  const std::string text = "\u00e9e\u0301\ufb01\u1e9b\u0323\uac01";
  EXPECT_EQ(form_of(NormalForm(false, false), text), "e\u0301e\u0301\ufb01\u017f\u0323\u0307\u1100\u1161\u11a8");
  EXPECT_EQ(form_of(NormalForm(false, true), text), "\u00e9\u00e9\ufb01\u1e9b\u0323\uac01");
  EXPECT_EQ(form_of(NormalForm(true, false), text), "e\u0301e\u0301fis\u0323\u0307\u1100\u1161\u11a8");
  EXPECT_EQ(form_of(NormalForm(true, true), text), "\u00e9\u00e9fi\u1e69\uac01");
}

TEST(NormalForm, ComposesOverMarksOfAnotherClassAlone) {
  const NormalForm nfc(false, true);
  EXPECT_EQ(form_of(nfc, "a\u0323\u0302"), "\u1ead");
  EXPECT_EQ(form_of(nfc, "q\u0323\u0302"), "q\u0323\u0302");
  EXPECT_EQ(form_of(nfc, "a\u0315\u0301"), "\u00e1\u0315") << "the one behind is not in the way";
  EXPECT_EQ(form_of(nfc, "a\u0305\u0301"), "a\u0305\u0301") << "but one of the same class is";
  EXPECT_EQ(form_of(nfc, "\u0301a"), "\u0301a");
  EXPECT_EQ(form_of(nfc, "\u1100\u1161\u11a8\uac00\u11a7"), "\uac01\uac00\u11a7");
  EXPECT_EQ(form_of(nfc, "a\0\u0301"s), "a\0\u0301"s);
  EXPECT_EQ(form_of(nfc, ""), "");
}

TEST(TextNormalizers, DoWhatTheirNamesSay) {
  EXPECT_EQ(form_of(Lowercase(), "AÉİΣ1"), "aéi\u0307σ1");
  EXPECT_EQ(form_of(StripAccents(), "e\u0301é\u0903x"), "eéx") << "what has its accent within keeps it";
  EXPECT_EQ(form_of(Nmt(), "a\x01\u200b\tb\ufffd\u2581\x7f"), "a  b  ");
  EXPECT_EQ(form_of(Strip(true, true), " \u3000a b\u0085"), "a b");
  EXPECT_EQ(form_of(Strip(true, false), " a "), "a ");
  EXPECT_EQ(form_of(Strip(false, true), " \t "), "");
  EXPECT_EQ(form_of(Prepend("_"), "a"), "_a");
  EXPECT_EQ(form_of(Prepend("_"), ""), "") << "nothing before nothing";
  EXPECT_EQ(form_of(ByteLevelForm(), "a é\t"), "a\u0120\u00c3\u00a9\u0109");
  EXPECT_EQ(form_of(ByteLevelForm(), ""), "");
}

TEST(Normalizers, KnowWhatStandsForABeginning) {
  EXPECT_EQ(Strip(true, true).start_length(" ab ", 2), 1U);
  EXPECT_EQ(Strip(true, true).start_length("  ab", 1), 0U);
  EXPECT_EQ(Strip(false, true).start_length(" a", 1), 1U);
  EXPECT_EQ(Strip(false, true).start_length("  ", 1), 0U);
  const auto replace = [](const char* content) {
    return tests::read_part<Replace>({{"pattern", {{"Regex", "x+"}}}, {"content", content}});
  };
  EXPECT_EQ(replace("yz").start_length("xa", 1), 2U);
  EXPECT_EQ(replace("yz").start_length("axx", 1), 1U);
  EXPECT_EQ(replace("yz").start_length("xxa", 1), 0U) << "the last of both is where it is";
  EXPECT_EQ(replace("").start_length("xa", 1), 0U);
  EXPECT_EQ(NormalForm(false, false).start_length("\u00e9x", 2), 3U);
  EXPECT_EQ(NormalForm(false, false).start_length("\u00e9\u0323x", 2), 1U) << "the mark behind goes between";
  EXPECT_EQ(NormalForm(false, true).start_length("e\u0301x", 1), 2U);
  const Precompiled part(charsmap_blob({{"A", "aa"}, {"\x01", ""}}));
  EXPECT_EQ(part.start_length("Ab", 1), 2U);
  EXPECT_EQ(part.start_length("\x01\u00e9", 1), 2U) << "what comes next is taken for it";
  EXPECT_EQ(part.start_length("\x01", 1), 0U);
}

TEST(Replace, TakesTextsAndPatterns) {
  const auto replace = [](const json& pattern, const char* content) {
    return tests::read_part<Replace>({{"pattern", pattern}, {"content", content}});
  };
  EXPECT_EQ(form_of(replace({{"Regex", " {2,}"}}, " "), "a   b c  "), "a b c ");
  EXPECT_EQ(form_of(replace({{"String", "a.b"}}, "$0"), "a.baxba.b"), "$0axb$0") << "the text as it stands";
  EXPECT_EQ(form_of(replace({{"String", "x"}}, ""), "xx"), "");
  EXPECT_EQ(replace({{"String", " "}}, "\u2581").describe(), "Replace (the text \" \" by \"\u2581\")");
}

TEST(Precompiled, LooksUpShortClustersByTheirShortestBeginning) {
  const Precompiled part(charsmap_blob({{"A", "a"}, {"\u00e9", "e"}, {"o\u0308", "oe"}, {"\x01", ""}, {"\r", " "}}));
  EXPECT_EQ(form_of(part, "ABc\u00e9 x"), "aBce x");
  EXPECT_EQ(form_of(part, "o\u0308"), "oe");
  EXPECT_EQ(form_of(part, "A\u0301b"), "ab") << "the mark goes with its letter";
  EXPECT_EQ(form_of(part, "A\u0301\u0301\u0301"), "a\u0301\u0301\u0301") << "but not from a cluster of six bytes";
  EXPECT_EQ(form_of(part, "x\x01y\0z"s), "xy\0z"s);
  EXPECT_EQ(form_of(part, "\r\n\r\u0301"), "  \u0301") << "a line's end is one cluster";
}

TEST(Precompiled, KnowsWhereClustersEnd) {
  // Every character that begins with these bytes is an X, and so is a cluster of less than six bytes.
  const Precompiled part(charsmap_blob({{"\xC2", "X"},
                                        {"\xD8", "X"},
                                        {"\xE0", "X"},
                                        {"\xE1", "X"},
                                        {"\xE2", "X"},
                                        {"\xF0", "X"},
                                        {"\xCC", "X"},
                                        {"a", "X"}}));
  EXPECT_EQ(form_of(part, "\u00a9\u200d"), "X") << "a pictograph and a joiner";
  EXPECT_EQ(form_of(part, "\u00a9\u200d\u00a9\u0300"), "XXXX") << "and what they join";
  EXPECT_EQ(form_of(part, "a\u200d\u00a9\u0300"), "XX") << "a letter joins nothing";
  EXPECT_EQ(form_of(part, "\u0915\u094d\u0915\u0300"), "XXXX") << "a conjunct";
  EXPECT_EQ(form_of(part, "\u0915\u0300\u0915\u0300"), "XX") << "consonants without a linker";
  EXPECT_EQ(form_of(part, "\u0600a"), "X") << "a prefix";
  EXPECT_EQ(form_of(part, "\u0600\u1100\u1161"), "XXX") << "a syllable of Hangul behind it";
  EXPECT_EQ(form_of(part, "\u0600\u1100a"), "XX");
}

std::string error_of(const std::string& blob) {
  return tests::message_of<CheckpointError>([&] {
    static_cast<void>(tests::read_part<Precompiled>({{"precompiled_charsmap", base64_of(blob)}}));
  });
}

TEST(Precompiled, RefusesWhatIsNoCharsmap) {
  const std::string good = charsmap_blob({{"A", "a"}});
  EXPECT_EQ(error_of(good), "");
  EXPECT_TRUE(holds(error_of(""), "/precompiled_charsmap: not a charsmap of SentencePiece: it has 0 bytes"));
  EXPECT_TRUE(holds(error_of(good.substr(0, 100)), "its trie is said to have"));
  EXPECT_TRUE(holds(error_of("\0\0\0\0"s), "its trie has 0 bytes"));
  EXPECT_TRUE(holds(error_of("\x03\0\0\0abc"s), "its trie has 3 bytes, expected some units of 4"));
  EXPECT_TRUE(holds(error_of(good + '\xff'), "its texts are not UTF-8 from byte 2"));
  std::string beyond = good;
  beyond[4 + 4 * 512] = 9;  // the one leaf
  EXPECT_TRUE(holds(error_of(beyond), "unit 512 of its trie names the text at byte 9, where none begins"));
  std::string far = good;
  far[4 + 4 * (256 ^ 'A') + 3] = 0x7f;  // the offset of the unit that leads to it
  EXPECT_TRUE(holds(error_of(far), "of its trie leads to unit "));
  const auto message = tests::message_of<CheckpointError>([] {
    static_cast<void>(tests::read_part<Precompiled>({{"precompiled_charsmap", "AA*A"}}));
  });
  EXPECT_TRUE(holds(message, "/precompiled_charsmap: not base64: found \"*\" as character 2"));
}

TEST(Precompiled, SurvivesAnyBytes) {
  std::mt19937 generator(11);
  const std::string good = charsmap_blob({{"A", "a"}, {"\u00e9", "e"}, {"o\u0308", "oe"}});
  int read = 0;
  for (int i = 0; i < 3000; ++i) {
    std::string blob = good;
    for (int j = 0; j < 4; ++j) {
      // Most units are empty: those of the keys are changed more often.
      const std::size_t place = generator() % 3 == 0 ? generator() % blob.size() : 4 + 4 * (256 ^ "A\xC3o"[j % 3]) + j;
      blob[place % blob.size()] = static_cast<char>(generator());
    }
    try {
      EXPECT_LT(form_of(Precompiled(blob), "A\u00e9o\u0308\u0301xyz").size(), 100U);
      ++read;
    } catch (const CheckpointError&) {
    }
  }
  EXPECT_GT(read, 100) << "not all of them are refused, or nothing is tried";
}

}  // namespace
