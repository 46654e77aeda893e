#include "transfer_tune/data/checks.hpp"

#include "data_support.hpp"

namespace {

using namespace tt;
using namespace tt::data;
using tests::DataTest;

class LabelSets : public DataTest {};

using Names = std::vector<std::string>;

TEST_F(LabelSets, AListInJsonMakesEveryLabelOfTheFileASet) {
  const Dataset dataset = read("a.jsonl",
                               "{\"text\": \"x\", \"label\": [\"b\", \"a\"]}\n{\"text\": \"y\", \"label\": \"a\"}\n"
                               "{\"text\": \"z\", \"label\": []}\n");
  EXPECT_TRUE(is_multi_label(dataset));
  EXPECT_EQ(dataset.examples[0].labels, (Names{"b", "a"}));
  EXPECT_EQ(dataset.examples[1].labels, (Names{"a"}));
  EXPECT_EQ(dataset.examples[1].label, "");
  EXPECT_EQ(dataset.examples[2].labels, Names{});
  EXPECT_EQ(shown_labels(dataset.examples[0]), "b, a");
  EXPECT_EQ(LabelMap::from_examples(dataset.examples).names(), (Names{"a", "b"}));
}

TEST_F(LabelSets, ASeparatorPartsACellAndAnEmptyOneIsNoLabel) {
  ReadOptions options;
  options.label_separator = ";";
  const Dataset dataset = read("a.csv", "text,label\nx,a ; b\ny,\nz,c\n", options);
  EXPECT_EQ(dataset.examples[0].labels, (Names{"a", "b"}));
  EXPECT_EQ(dataset.examples[1].labels, Names{});
  EXPECT_EQ(dataset.examples[2].labels, (Names{"c"}));
  EXPECT_FALSE(is_multi_label(read("b.csv", "text,label\nx,a ; b\n")));
}

TEST_F(LabelSets, FaultyRecordsAreNamed) {
  ReadOptions options;
  options.label_separator = ";";
  EXPECT_EQ(error_of("a.csv", "text,label\nx,a;b;a\ny,a;;b\n", options),
            "a.csv:2: label \"a\" is named twice; expected each once\n"
            "a.csv:3: one of its labels is empty; fill it in or delete it");
  EXPECT_EQ(error_of("a.jsonl", "{\"text\": \"x\", \"label\": [\"a\", null]}\n"),
            "a.jsonl:1: key \"label\": expected a string, an integer or a boolean, found null");
}

TEST_F(LabelSets, FindingsCountEveryLabelAndCompareSets) {
  const Dataset dataset =
      read("a.jsonl",
           "{\"text\": \"x\", \"label\": [\"a\", \"b\"]}\n{\"text\": \"X\", \"label\": [\"b\", \"a\"]}\n"
           "{\"text\": \"y\", \"label\": [\"a\"]}\n{\"text\": \"Y\", \"label\": []}\n");
  const Findings findings =
      check_data(dataset.examples, {}, std::vector<Example>{{.text = "t", .labels = Names{"a", "c"}}},
                 LabelMap::from_examples(dataset.examples));
  EXPECT_EQ(findings.train_counts, (std::vector<std::size_t>{3, 2}));
  ASSERT_EQ(findings.train_duplicates.size(), 2U);
  EXPECT_FALSE(findings.train_duplicates[0].labels_conflict);
  EXPECT_TRUE(findings.train_duplicates[1].labels_conflict);
  ASSERT_EQ(findings.unseen_labels.size(), 1U);
  EXPECT_EQ(findings.unseen_labels[0].label, "c");
}

}  // namespace
