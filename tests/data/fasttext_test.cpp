#include "data_support.hpp"

#include <string>

namespace tt::tests {
namespace {

using ReadFasttext = DataTest;

TEST_F(ReadFasttext, TakesTheLabelOffTheText) {
  const auto dataset = read("a.txt", "__label__card_lost i lost  my card \r\n\n  __label__age\thow old __label_x\n");
  ASSERT_EQ(dataset.examples.size(), 2U);
  EXPECT_EQ(dataset.examples[0].label, "card_lost");
  EXPECT_EQ(dataset.examples[0].text, "i lost  my card");
  EXPECT_EQ(dataset.examples[1].label, "age");
  EXPECT_EQ(dataset.examples[1].text, "how old __label_x");
  EXPECT_EQ(dataset.examples[1].line, 3U);
  EXPECT_EQ(dataset.delimiter, "");
}

TEST_F(ReadFasttext, NamesEveryFaultyLine) {
  EXPECT_EQ(
      error_of("a.txt",
               "__label__a fine\n__label__a __label__a two\nno label\n__label__a\nlate __label__a\n__label__ none\n"),
      "a.txt:2: label \"a\" is named twice; expected each once\n"
      "a.txt:3: no label: expected the line to begin with __label__ and the label's name\n"
      "a.txt:4: the text is empty; fill it in or delete the record\n"
      "a.txt:5: a label behind the text: expected it at the start of the line\n"
      "a.txt:6: the label is empty; fill it in or delete the record");
}

TEST_F(ReadFasttext, SeveralPrefixesAreSeveralLabels) {
  const auto dataset = read("a.txt", "__label__a __label__b two\n__label__c one\n");
  EXPECT_EQ(dataset.examples[0].labels, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(dataset.examples[0].text, "two");
  EXPECT_EQ(dataset.examples[1].labels, (std::vector<std::string>{"c"}));
}

TEST_F(ReadFasttext, WithoutLabelsALineMayBeTheTextAlone) {
  const auto dataset = read("a.txt", "__label__a one\ntwo\n", {.labelled = false});
  EXPECT_EQ(dataset.examples[0].label, "a");
  EXPECT_EQ(dataset.examples[1].text, "two");
}

TEST_F(ReadFasttext, RefusesColumnsItCannotHave) {
  EXPECT_EQ(error_of("a.txt", "__label__a one\n", {.id_column = "id"}),
            "a.txt: column \"id\": fastText's lines hold only texts and labels; convert it to .csv to add columns");
}

TEST_F(ReadFasttext, WithoutALabelAnywhereItIsATableAsExcelExportsIt) {
  const auto dataset = read("a.txt", "text\tlabel\nhello\ta\n");
  EXPECT_EQ(dataset.examples[0].label, "a");
  EXPECT_EQ(dataset.delimiter, "tab");
}

}  // namespace
}  // namespace tt::tests
