#include "data_support.hpp"

#include "transfer_tune/core/text.hpp"

#include <string>
#include <string_view>

namespace tt::tests {
namespace {

using Encoding = DataTest;

/// ASCII text in UTF-16, with `mark` in front.
std::string utf16(std::string_view text, bool little, std::string_view mark) {
  std::string out(mark);
  for (const char c : text) out += little ? std::string{c, '\0'} : std::string{'\0', c};
  return out;
}

TEST_F(Encoding, ReadsUtf16ByItsMarkAndKeepsTheHashOfTheBytes) {
  const std::string_view text = "text\tlabel\r\n\"two\r\nlines\"\ta\r\nlast\tb\r\n";
  for (const bool little : {true, false}) {
    const std::string content = utf16(text, little, little ? "\xFF\xFE" : "\xFE\xFF");
    const auto dataset = read("a.csv", content);
    ASSERT_EQ(dataset.examples.size(), 2U);
    EXPECT_EQ(dataset.examples[0].text, "two\r\nlines");
    EXPECT_EQ(dataset.examples[1].line, 4U);
    EXPECT_EQ(dataset.encoding, little ? "utf-16le" : "utf-16be");
    EXPECT_EQ(dataset.sha256, sha256_hex(content));
    EXPECT_TRUE(dataset.warnings.empty());
  }
  EXPECT_EQ(read("a.jsonl", utf16("{\"text\":\"x\",\"label\":\"a\"}", true, "\xFF\xFE")).examples[0].label, "a");
}

TEST_F(Encoding, SaysWhatUtf16WithoutAMarkNeeds) {
  const std::string content = utf16("text,label\nhello,a\n", true, "");
  EXPECT_EQ(
      error_of("a.csv", content),
      "a.csv: it looks like utf-16le without a byte order mark; set encoding to \"utf-16le\", or save it as UTF-8");
  EXPECT_EQ(read("a.csv", content, {.encoding = "UTF-16LE"}).examples[0].text, "hello");
}

TEST_F(Encoding, ReadsWindows1252WithAWarning) {
  const auto dataset = read("a.csv", "text;label\r\nplain;a\r\ncaf\xE9 \x96 5 \x80;b\r\n");
  EXPECT_EQ(dataset.examples[1].text, "caf\xC3\xA9 \xE2\x80\x93 5 \xE2\x82\xAC");
  EXPECT_EQ(dataset.encoding, "windows-1252");
  ASSERT_EQ(dataset.warnings.size(), 1U);
  EXPECT_TRUE(holds(dataset.warnings[0],
                    "a.csv is not UTF-8: it was read as windows-1252 (first at line 3: byte 0xE9 as "
                    "\"\xC3\xA9\"). Where that is wrong, set encoding"));
}

TEST_F(Encoding, DoesNotGuessWhereSomethingSpeaksAgainstIt) {
  // Cyrillic in windows-1251; a byte that Windows-1252 lacks; a byte gone wrong in UTF-8.
  for (const char* text : {"\xCF\xF0\xE8\xE2\xE5\xF2", "a \x81 b", "\xC3\xA9t\xC3\xA9, \xE9"}) {
    EXPECT_TRUE(error_of("a.csv", concat("text;label\n", text, ";a\n")).starts_with("a.csv:2: invalid UTF-8: byte 0x"))
        << text;
  }
}

TEST_F(Encoding, TakesTheEncodingThatItIsGiven) {
  for (const char* name : {"windows-1254", "cp1254", "CP1254", "iso-8859-9", "latin-5"}) {
    EXPECT_EQ(read("a.csv", "text,label\nya\xFE,a\n", {.encoding = name}).examples[0].text, "ya\xC5\x9F") << name;
  }
  EXPECT_EQ(read("a.csv", "text,label\nya\xDD,a\n", {.encoding = "latin-1"}).examples[0].text, "ya\xC3\x9D");
  EXPECT_EQ(read("a.csv", "\xEF\xBB\xBFtext,label\nx,a\n", {.encoding = "utf-8-sig"}).examples[0].text, "x");
  EXPECT_TRUE(read("a.csv", "text,label\nya\xFE,a\n", {.encoding = "windows-1252"}).warnings.empty());
}

TEST_F(Encoding, BytesThatDoNotFitTheGivenEncodingNameTheirLine) {
  EXPECT_EQ(
      error_of("a.csv", "text,label\nx,a\n\x81,a\n", {.encoding = "windows-1252"}),
      "a.csv:3: byte 0x81 at offset 15 of the file is not windows-1252; set encoding to that of the file, such as "
      "\"windows-1254\", or save it as UTF-8");
  EXPECT_TRUE(error_of("a.csv", "text,label\nx,\xE9\n", {.encoding = "utf-8"}).starts_with("a.csv:2: invalid UTF-8"));
  EXPECT_TRUE(error_of("a.csv", std::string_view("\xFF\xFEt\0\n\0e", 7)).starts_with("a.csv:2: byte 0x65 at offset"));
}

TEST_F(Encoding, AnUnknownNameIsAUsageError) {
  for (const char* name : {"klingon", "", "ascii//IGNORE", "utf 8"}) {
    EXPECT_TRUE(holds(message_of<UsageError>([&] { (void)read("a.csv", "text,label\nx,a\n", {.encoding = name}); }),
                      "which iconv does not know"))
        << name;
  }
}

}  // namespace
}  // namespace tt::tests
