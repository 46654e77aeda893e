#include "transfer_tune/core/text.hpp"

#include "data_support.hpp"

#include <string>

namespace tt::tests {
namespace {

using data::ReadOptions;

using ReadCsv = DataTest;
using ReadTsv = DataTest;

TEST_F(ReadCsv, TakesTheNamedColumnsInAnyOrder) {
  const ReadOptions options{.text_column = "utterance",
                            .label_column = "intent",
                            .id_column = "key",
                            .extra_columns = {"language", "channel"}};
  const auto dataset = read("a.csv", "channel,key,intent,utterance,language\nweb,7,pay,\"Pay, please\",en\n", options);
  ASSERT_EQ(dataset.examples.size(), 1U);
  const auto& example = dataset.examples[0];
  EXPECT_EQ(example.text, "Pay, please");
  EXPECT_EQ(example.label, "pay");
  EXPECT_EQ(example.id, "\"7\"");
  EXPECT_EQ(example.line, 2U);
  EXPECT_EQ(example.columns, (std::vector<std::string>{"en", "web"}));
  EXPECT_TRUE(dataset.out_of_scope.empty());
}

TEST_F(ReadCsv, TakesWeightsAndNamesTheFaultyOnes) {
  const ReadOptions options{.weight_column = "sure"};
  const auto dataset = read("a.csv", "text,label,sure\na,x,0.5\nb,y, 2e1 \nc,x,0\n", options);
  ASSERT_EQ(dataset.examples.size(), 3U);
  EXPECT_EQ(dataset.examples[0].weight, 0.5F);
  EXPECT_EQ(dataset.examples[1].weight, 20.0F);
  EXPECT_EQ(dataset.examples[2].weight, 0.0F);
  EXPECT_EQ(read("a.csv", "text,label,sure\na,x,0.5\n").examples[0].weight, 1.0F);
  EXPECT_EQ(error_of("b.csv", "text,label,sure\na,x,high\nb,x,-1\nc,x,nan\nd,x,inf\ne,x,\nf,x,1;5\ng,x,1e7\n", options),
            "b.csv:2: column \"sure\" (weight_column): found \"high\", expected a number from 0 to 1e6\n"
            "b.csv:3: column \"sure\" (weight_column): found \"-1\", expected a number from 0 to 1e6\n"
            "b.csv:4: column \"sure\" (weight_column): found \"nan\", expected a number from 0 to 1e6\n"
            "b.csv:5: column \"sure\" (weight_column): found \"inf\", expected a number from 0 to 1e6\n"
            "b.csv:6: column \"sure\" (weight_column): found nothing, expected a number from 0 to 1e6\n"
            "b.csv:7: column \"sure\" (weight_column): found \"1;5\", expected a number from 0 to 1e6\n"
            "b.csv:8: column \"sure\" (weight_column): found \"1e7\", expected a number from 0 to 1e6");
  EXPECT_EQ(error_of("c.csv", "text,label,weight\na,x,1\n", options),
            "c.csv:1: no column \"sure\" (weight_column) in the header; found: \"text\", \"label\", \"weight\"");
  const ReadOptions hidden{.weight_column = "sure", .quote = false};
  EXPECT_EQ(error_of("d.csv", "text,label,sure\na,x,secret\n", hidden),
            "d.csv:2: column \"sure\" (weight_column): found something else, expected a number from 0 to 1e6");
}

TEST_F(ReadCsv, ByteOrderMarkCrlfAndEmbeddedNewlinesTogether) {
  const std::string content = "\xEF\xBB\xBFtext,label\r\n\"first\r\nline\",a\r\n\r\n\"\nx\",b\r\nlast,c";
  const auto dataset = read("a.csv", content);
  ASSERT_EQ(dataset.examples.size(), 3U);
  EXPECT_EQ(dataset.examples[0].text, "first\r\nline");
  EXPECT_EQ(dataset.examples[0].line, 2U);
  EXPECT_EQ(dataset.examples[1].text, "\nx");
  EXPECT_EQ(dataset.examples[1].line, 5U);
  EXPECT_EQ(dataset.examples[2].label, "c");
  EXPECT_EQ(dataset.examples[2].line, 7U);
  EXPECT_EQ(dataset.sha256, sha256_hex(content));
}

TEST_F(ReadCsv, KeepsTextsAndLabelsAsWritten) {
  const auto dataset = read("a.csv", "text,label\n  spaced ,\" a \"\n");
  EXPECT_EQ(dataset.examples[0].text, "  spaced ");
  EXPECT_EQ(dataset.examples[0].label, " a ");
}

TEST_F(ReadCsv, WithoutLabelsTheColumnMayBeAbsentOrEmpty) {
  const ReadOptions unlabelled{.labelled = false};
  EXPECT_EQ(read("a.csv", "text\nhello\n", unlabelled).examples[0].label, "");
  const auto dataset = read("b.csv", "text,label\nhello,\nbye,x\n", unlabelled);
  EXPECT_EQ(dataset.examples[0].label, "");
  EXPECT_EQ(dataset.examples[1].label, "x");
}

TEST_F(ReadCsv, NamesTheLineWhereAnUnclosedQuoteOpened) {
  EXPECT_EQ(error_of("a.csv", "text,label\n\"two\nlines\",a\n\"open,b\nmore,c\nlast,d\n"),
            "a.csv:4: the quote that opens here is never closed: \"open,b\"; close it, or enclose the whole field in "
            "quotes and write the quote inside it as two");
}

TEST_F(ReadCsv, RefusesTextAfterAClosingQuote) {
  const std::string message = error_of("a.csv", "text,label\n\"say \"hi\" now\",a\n");
  EXPECT_EQ(
      message,
      "a.csv:2: text after the closing quote of a field: \"hi\\\" now\\\",a\"; write a quote inside a quoted field "
      "as two (\"\")");
}

TEST_F(ReadCsv, MissingColumnsListTheFoundOnesAndTheNearest) {
  const std::string message = error_of("a.csv", "txt,intent\nhello,a\n");
  EXPECT_EQ(
      message,
      "a.csv:1: no column \"text\" (text_column) in the header; found: \"txt\", \"intent\"; did you mean \"txt\"?\n"
      "a.csv:1: no column \"label\" (label_column) in the header; found: \"txt\", \"intent\"");
  const ReadOptions options{.id_column = "id", .extra_columns = {"language"}};
  const std::string others = error_of("b.csv", "text,label\nhello,a\n", options);
  EXPECT_TRUE(holds(others, "\"id\" (id_column)"));
  EXPECT_TRUE(holds(others, "\"language\""));
}

TEST_F(ReadCsv, SuspectsAnotherSeparator) {
  const std::string message = error_of("a.csv", "text;label\nhello;a\n", {.delimiter = ","});
  EXPECT_TRUE(holds(message, "seem to be separated by \";\": set delimiter to it, or to auto"));
}

TEST_F(ReadCsv, RefusesARepeatedHeaderNameOnlyWhereItIsNeeded) {
  EXPECT_EQ(read("a.csv", "text,x,x,label\nhello,1,2,a\n").examples.size(), 1U);
  EXPECT_EQ(error_of("b.csv", "text,label,label\nhello,1,2\n"),
            "b.csv:1: the header names column \"label\" (label_column) more than once; rename the others");
}

TEST_F(ReadCsv, WrongFieldCountsNameTheirLines) {
  EXPECT_EQ(error_of("a.csv", "text,label\nhello\nwell, then,a\nfine,b\n"),
            "a.csv:2: 1 field where the header has 2; enclose a field that holds the separator in quotes\n"
            "a.csv:3: 3 fields where the header has 2; enclose a field that holds the separator in quotes");
}

TEST_F(ReadCsv, RefusesTextsAndLabelsThatShowNothing) {
  EXPECT_EQ(error_of("a.csv", "text,label\n,a\n \t\xC2\xA0\xE2\x80\x8B,b\nfine,\nfine, \n"),
            "a.csv:2: the text is empty; fill it in or delete the record\n"
            "a.csv:3: the text is empty; fill it in or delete the record\n"
            "a.csv:4: the label is empty; fill it in or delete the record\n"
            "a.csv:5: the label is empty; fill it in or delete the record");
}

TEST_F(ReadCsv, ShowsTenFaultyRecordsAndCountsTheRest) {
  std::string content = "text,label\n";
  for (int i = 0; i < 13; ++i) content += ",a\n";
  const std::string message = error_of("a.csv", content);
  EXPECT_TRUE(holds(message, "a.csv:11: "));
  EXPECT_FALSE(holds(message, "a.csv:12: "));
  EXPECT_TRUE(message.ends_with("\n… and 3 more records with errors")) << message;
}

TEST_F(ReadCsv, RefusesInvalidUtf8WithItsLineAndByte) {
  EXPECT_EQ(error_of("a.csv", "text,label\r\n\"caf\xC3\xA9\r\n\",a\r\ncaf\xE9,b\r\n"),
            "a.csv:4: invalid UTF-8: byte 0xE9 at offset 28 of the file; other parts of the file are UTF-8: mend this "
            "one, or set encoding to that of the file, such as \"windows-1254\", or save it as UTF-8");
}

TEST_F(ReadCsv, RefusesFilesWithoutRecords) {
  EXPECT_EQ(error_of("a.csv", ""), "a.csv: the file is empty");
  EXPECT_EQ(error_of("b.csv", "\xEF\xBB\xBF\r\n  \n"), "b.csv: the file is empty");
  EXPECT_EQ(error_of("c.csv", "text,label\n"),
            "c.csv: no examples: expected at least one record with a text and a label");
}

TEST_F(ReadCsv, LongLinesAndManyColumnsStayReadable) {
  std::string header(1U << 20U, ',');
  const std::string message = error_of("a.csv", header + "\n" + header);
  EXPECT_LT(message.size(), 2000U);
  const std::string long_text(3U << 20U, 'x');
  EXPECT_EQ(read("b.csv", "text,label\n" + long_text + ",a\n").examples[0].text, long_text);
}

TEST_F(ReadCsv, FindsTheDelimiterUnderWhichTheWantedColumnsAre) {
  for (const auto& [name, d] : {std::pair{",", ","}, {";", ";"}, {"tab", "\t"}, {"|", "|"}}) {
    const std::string content =
        concat("\"note, or; so|\"", d, "\"text\"", d, "label\n1", d, "\"hi, you; there\"", d, "a\n");
    for (const char* file : {"a.csv", "a.tsv", "a.txt"}) {
      const auto dataset = read(file, content);
      ASSERT_EQ(dataset.delimiter, name) << file;
      EXPECT_EQ(dataset.examples[0].text, "hi, you; there");
      EXPECT_EQ(dataset.examples[0].label, "a");
    }
  }
}

TEST_F(ReadCsv, AHeaderOfOneColumnNeedsNoDelimiter) {
  const auto dataset = read("a.csv", "text\nhello; you\n", {.labelled = false});
  EXPECT_EQ(dataset.examples[0].text, "hello; you");
  EXPECT_EQ(dataset.delimiter, ",");
}

TEST_F(ReadCsv, MissingColumnsAreThoseOfTheLikeliestDelimiter) {
  const std::string message = error_of("a.csv", "txt;intent\nhello;a\n");
  EXPECT_TRUE(holds(message, "found: \"txt\", \"intent\"; did you mean \"txt\"?"));
}

TEST_F(ReadCsv, HonoursExcelsFirstLine) {
  const auto dataset = read("a.csv", "\xEF\xBB\xBFsep=;\r\ntext;label\r\nhello, you;a\r\n");
  EXPECT_EQ(dataset.examples[0].text, "hello, you");
  EXPECT_EQ(dataset.examples[0].line, 3U);
  EXPECT_TRUE(error_of("b.csv", "sep=;\ntext;label\n;a\n").starts_with("b.csv:3: the text is empty"));
  EXPECT_EQ(read("c.csv", "sep=#\ntext#label\nhello#a\n").examples[0].label, "a");
}

TEST_F(ReadCsv, TakesTheDelimiterThatItIsGiven) {
  EXPECT_EQ(read("a.csv", "text^label\nhello^a\n", {.delimiter = "^"}).examples[0].label, "a");
  EXPECT_EQ(read("b.csv", "text\tlabel\nhello\ta\n", {.delimiter = "tab"}).examples[0].label, "a");
  for (const char* nonsense : {"", ";;", "\"", "\n", "\xC3\xA9"}) {
    EXPECT_TRUE(
        holds(message_of<UsageError>([&] { (void)read("c.csv", "text,label\nhello,a\n", {.delimiter = nonsense}); }),
              "expected auto, tab or one character"))
        << nonsense;
  }
}

TEST_F(ReadTsv, ReadsQuotedAndPlainFields) {
  const auto dataset = read("a.tsv", "text\tlabel\r\n\"tab\there, \"\"quoted\"\"\"\ta\r\n5\" screen, new\tb\r\n");
  ASSERT_EQ(dataset.examples.size(), 2U);
  EXPECT_EQ(dataset.examples[0].text, "tab\there, \"quoted\"");
  EXPECT_EQ(dataset.examples[1].text, "5\" screen, new");
}

TEST_F(ReadTsv, ErrorsAreThoseOfCsv) {
  EXPECT_TRUE(error_of("a.tsv", "text\tlabel\n\"open\ta\n").starts_with("a.tsv:2: the quote that opens here"));
  EXPECT_TRUE(error_of("b.tsv", "text\tlabel\nfine\ta\tb\n").starts_with("b.tsv:2: 3 fields where the header has 2"));
}

}  // namespace
}  // namespace tt::tests
