#include "transfer_tune/data/checks.hpp"

#include "data_support.hpp"

#include "transfer_tune/core/error.hpp"

#include <algorithm>

namespace {

using namespace tt;
using namespace tt::data;
using tests::holds;

std::vector<Example> examples_of(const std::vector<std::pair<std::string, std::string>>& pairs) {
  std::vector<Example> examples;
  for (const auto& [text, label] : pairs) {
    examples.push_back({.text = text, .label = label, .line = examples.size() + 2});
  }
  return examples;
}

TEST(FoldText, FoldsCasePunctuationAndWhiteSpace) {
  EXPECT_EQ(fold_text("  What's   my\tPIN?!\r\n"), "what s my pin");
  EXPECT_EQ(fold_text("top-up"), fold_text("Top up."));
  EXPECT_EQ(fold_text("x\xC2\xA0y\xE3\x80\x80z"), "x y z");  // no-break and ideographic spaces
  EXPECT_EQ(fold_text(""), "");
}

TEST(FoldText, FoldsUnicodeForms) {
  EXPECT_EQ(fold_text("caf\x65\xCC\x81"), fold_text("CAF\xC3\x89"));  // combining against composed
  EXPECT_EQ(fold_text("\xEF\xBC\xA8\xEF\xBD\x89"), "hi");             // full-width letters
  EXPECT_EQ(fold_text("Stra\xC3\x9F\x65"), "strasse");                // sharp s
  EXPECT_EQ(fold_text("\xEF\xAC\x81ne"), "fine");                     // ligature
  EXPECT_EQ(fold_text("a\xE2\x80\x8B\xC2\xAD\x62"), "ab");            // zero-width space, soft hyphen
  EXPECT_EQ(fold_text("\xE2\x80\x9CHi\xE2\x80\x9D \xE2\x80\x94 you\xE2\x80\xA6"),
            "hi you");  // curly quotes, dash, dots
}

TEST(FoldText, SymbolsAreNotPunctuation) {
  EXPECT_NE(fold_text("pay \xC2\xA3 5"), fold_text("pay $ 5"));
  EXPECT_NE(fold_text("\xF0\x9F\x98\x80"), fold_text("\xF0\x9F\x98\xA2"));
}

TEST(FoldText, PunctuationAloneIsKept) {
  EXPECT_EQ(fold_text(" ?? "), "??");
  EXPECT_NE(fold_text("?"), fold_text("!"));
}

TEST(FoldText, RefusesInvalidUtf8) { EXPECT_THROW((void)fold_text("a\xFF"), DataError); }

TEST(CheckData, FindsDuplicatesWithinTrainingAndAcrossParts) {
  const auto train =
      examples_of({{"Pay it", "pay"}, {"stop", "stop"}, {"pay IT!", "stop"}, {"Stop.", "stop"}, {"x", "pay"}});
  const auto validation = examples_of({{"X", "pay"}, {"only here", "pay"}, {"Only here", "pay"}});
  const auto test = examples_of({{"PAY IT", "pay"}, {"x?", "stop"}, {"x", "pay"}, {"only  here", "pay"}});
  const auto findings = check_data(train, validation, test, LabelMap({"pay", "stop"}));

  ASSERT_EQ(findings.train_duplicates.size(), 1U);
  EXPECT_EQ(findings.train_duplicates[0].text, "stop");
  EXPECT_FALSE(findings.train_duplicates[0].labels_conflict);
  ASSERT_EQ(findings.train_duplicates[0].places.size(), 2U);
  EXPECT_EQ(findings.train_duplicates[0].places[1].index, 3U);
  EXPECT_EQ(findings.train_duplicates[0].places[1].line, 5U);

  ASSERT_EQ(findings.leaks.size(), 3U);
  EXPECT_EQ(findings.leaks[0].places.size(), 3U);
  EXPECT_TRUE(findings.leaks[0].labels_conflict);
  EXPECT_EQ(findings.leaks[1].places.back().part, Part::test);
  EXPECT_TRUE(findings.leaks[1].labels_conflict);
  EXPECT_FALSE(findings.leaks[2].labels_conflict);
  EXPECT_EQ(findings.test_texts_in_train, 3U);
  EXPECT_EQ(findings.test_texts_in_validation, 3U);
  EXPECT_EQ(findings.validation_texts_in_train, 1U);

  const auto sentences = warnings(findings, LabelMap({"pay", "stop"}));
  EXPECT_TRUE(holds(sentences,
                    "3 of 4 test texts also occur in the training data, apart from case, punctuation and white space "
                    "(such as \"Pay it\", training line 2 and test line 2)"));
  EXPECT_TRUE(holds(sentences, "1 training text occurs more than once"));
  EXPECT_TRUE(holds(sentences, "2 texts that occur in more than one part have different labels"));
}

TEST(CheckData, FindsLabelProblems) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (int i = 0; i < 30; ++i) rows.emplace_back("text " + std::to_string(i), "card_arrival");
  rows.emplace_back("one", "pin");
  const auto train = examples_of(rows);
  const auto test = examples_of({{"a", "card_arival"}, {"b", "zzz"}, {"c", "zzz"}, {"d", "pin"}, {"e", ""}});
  const LabelMap labels({"card_arrival", "Card arrival", "pin", "empty "});
  const auto findings = check_data(train, {}, test, labels);

  ASSERT_EQ(findings.unseen_labels.size(), 2U);
  EXPECT_EQ(findings.unseen_labels[0].label, "zzz");
  EXPECT_EQ(findings.unseen_labels[0].examples, 2U);
  EXPECT_EQ(findings.unseen_labels[0].line, 3U);
  EXPECT_EQ(findings.unseen_labels[0].part, Part::test);
  EXPECT_EQ(findings.unseen_labels[1].nearest, "card_arrival");
  EXPECT_EQ(findings.train_counts, (std::vector<std::size_t>{30, 0, 1, 0}));
  EXPECT_EQ(findings.labels_without_training, (std::vector<std::string>{"Card arrival", "empty "}));
  EXPECT_EQ(findings.one_example_labels, std::vector<std::string>{"pin"});
  EXPECT_EQ(findings.similar_labels, (std::vector<std::vector<std::string>>{{"card_arrival", "Card arrival"}}));
  EXPECT_EQ(findings.padded_labels, std::vector<std::string>{"empty "});
  EXPECT_DOUBLE_EQ(findings.imbalance(), 30.0);

  const auto sentences = warnings(findings, labels);
  EXPECT_TRUE(holds(sentences,
                    "3 examples of the test data have labels that the model cannot predict: \"zzz\" (2, "
                    "first at line 3), \"card_arival\" (1, first at line 2; meant \"card_arrival\"?)."));
  EXPECT_TRUE(holds(sentences, "2 labels have no training example: \"Card arrival\", \"empty \"."));
  EXPECT_TRUE(holds(sentences, "1 label has a single training example"));
  EXPECT_TRUE(holds(sentences, "\"card_arrival\" has 30 training examples, \"pin\" has 1"));
  EXPECT_TRUE(holds(sentences, "\"card_arrival\", \"Card arrival\" differ only in case"));
  EXPECT_TRUE(holds(sentences, "1 label begins or ends with white space"));
}

TEST(CheckData, CleanDataGiveNoWarning) {
  const auto train = examples_of({{"a", "x"}, {"b", "x"}, {"c", "y"}, {"d", "y"}});
  const auto test = examples_of({{"e", "x"}, {"f", "y"}});
  const LabelMap labels({"x", "y"});
  EXPECT_TRUE(warnings(check_data(train, {}, test, labels), labels).empty());
  EXPECT_DOUBLE_EQ(check_data({}, {}, {}, LabelMap()).imbalance(), 1.0);
}

TEST(FindUnseenLabels, KnowTheLabelThatOtherSpellingsStandFor) {
  const LabelMap labels({"card_arrival", "arrival", "Cash Withdrawal"});
  for (const auto& [label, meant] : {std::pair{"CARD_ARRIVAL", "card_arrival"},
                                     {"intent_CARD_ARRIVAL", "card_arrival"},
                                     {"Card Arrival (new)", "card_arrival"},
                                     {"arival", "arrival"},
                                     {"cash-withdrawal", "Cash Withdrawal"}}) {
    EXPECT_EQ(find_unseen_labels(Part::test, examples_of({{"a", label}}), labels)[0].nearest, meant) << label;
  }
  EXPECT_FALSE(find_unseen_labels(Part::test, examples_of({{"a", "something else"}}), labels)[0].nearest);
}

TEST(CheckData, ManyUnseenLabelsAreCountedQuickly) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (int i = 0; i < 5000; ++i) rows.emplace_back("text " + std::to_string(i), "label " + std::to_string(i));
  const LabelMap labels({"x", "y"});
  const auto findings = check_data({}, {}, examples_of(rows), labels);
  EXPECT_EQ(findings.unseen_labels.size(), 5000U);
  EXPECT_TRUE(holds(warnings(findings, labels), "and 4995 more"));
}

// A test text counts when its folded text occurs in the training file: 25 texts, each in one group, none of them with
// another label there.
TEST(SharedData, Banking77Has25TestTextsInItsTrainingFile) {
  const auto folder = tests::kShared / "banking77";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << folder << " is absent";
  const ReadOptions options{.label_column = "category"};
  const auto train = read_dataset(folder / "train.csv", options);
  const auto test = read_dataset(folder / "test.csv", options);
  const auto labels = LabelMap::from_examples(train.examples);
  const auto findings = check_data(train.examples, {}, test.examples, labels);
  EXPECT_EQ(findings.test_texts_in_train, 25U);
  EXPECT_EQ(findings.leaks.size(), 25U);
  EXPECT_TRUE(std::ranges::none_of(findings.leaks, &DuplicateGroup::labels_conflict));
  EXPECT_TRUE(findings.unseen_labels.empty());
  EXPECT_TRUE(holds(warnings(findings, labels), "25 of 3080 test texts also occur in the training data"));
}

}  // namespace
