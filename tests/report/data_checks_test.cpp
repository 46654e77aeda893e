#include "transfer_tune/record/data_checks.hpp"
#include "support/json_lines.hpp"
#include "support/messages.hpp"
#include "transfer_tune/render/reports.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "render/backends.hpp"
#include "render/html/document.hpp"
#include "render/sections/sections.hpp"
#include "report/sample_report.hpp"

namespace tt::report {
namespace {

using Json = nlohmann::json;
using tt::tests::holds;

TEST(SuspectsJsonl, HasALineForEachFinding) {
  const std::string hostile = "\"quoted\"\n---\n\u202E \x1b \xFF";
  const std::vector<Json> lines =
      tt::tests::json_lines(suspects_jsonl(tests::sample_checks(hostile, "intent"), "/data/train.csv"));
  ASSERT_EQ(11U, lines.size());
  EXPECT_EQ((Json{{"kind", "label_error"},
                  {"file", "/data/train.csv"},
                  {"line", 7},
                  {"text", "\"quoted\"\n---\n\u202E \x1b \uFFFD"},
                  {"label", "intent"},
                  {"suggestion", "other"},
                  {"score", 1.0}}),
            lines[0]);
  for (const std::size_t i : {2U, 3U, 4U}) {
    EXPECT_EQ("conflicting_duplicate", lines[i]["kind"]);
    EXPECT_EQ("intent", lines[i]["suggestion"]);  // of two places in three
    EXPECT_TRUE(lines[i]["score"].is_null());
  }
  EXPECT_TRUE(lines[5]["suggestion"].is_null());
  EXPECT_EQ("indistinct_intents", lines[7]["kind"]);
  EXPECT_TRUE(lines[7]["line"].is_null());
  EXPECT_EQ(0.125, lines[7]["score"]);
  EXPECT_EQ("few_texts", lines[8]["kind"]);
  EXPECT_EQ("uniform_texts", lines[9]["kind"]);
  EXPECT_EQ("unlike_training", lines[10]["kind"]);
  EXPECT_EQ("other", lines[10]["suggestion"]);
  EXPECT_EQ("", suspects_jsonl({}, "x"));
}

std::string shown(const DataChecksReport& checks) { return markdown_of(data_checks_section(checks)); }

TEST(DataChecks, FirstFindingsKeepTheCounts) {
  const DataChecksReport first = first_findings(tests::sample_checks("text", "intent"), 1);
  EXPECT_EQ(1U, first.label_errors.size());
  EXPECT_EQ(7, first.label_errors[0].line);
  EXPECT_EQ(1U, first.conflicts.size());
  EXPECT_EQ(2, first.label_errors_found);
  const std::string text = shown(first);
  EXPECT_TRUE(holds(text, "2 labels of 100 training texts of 12 intents; by estimate 93.8% of them are wrong."));
  EXPECT_TRUE(holds(text, "The first 1 of 2 are shown; suspects.jsonl has all of them."));
}

TEST(DataChecks, SayHowFarWrongLabelsCanBeTold) {
  DataChecksReport checks;
  checks.encoded = true;
  checks.checked_labels = 180;
  checks.checked_intents = 18;
  checks.label_errors_recall = 0.375;
  EXPECT_TRUE(holds(shown(checks),
                    "Too few texts to tell which labels are wrong: 180 training texts of 18 intents. Of labels changed "
                    "to another intent at random, about 37.5% would have been found; one mistaken for a similar intent "
                    "cannot be told from a hard text with fewer than 80 texts an intent."));
  EXPECT_TRUE(
      holds(html::html_of(data_checks_section(checks)).markup(), "Too few texts to tell which labels are wrong"));
  checks.few_texts_found = 1;  // with other findings too
  checks.few_texts = {{"fees", 1}};
  EXPECT_TRUE(holds(shown(checks), "Too few texts to tell which labels are wrong"));
  checks.checked_labels = 18000;
  checks.label_errors_recall = 0.875;
  checks.similar_intents_told = true;
  EXPECT_TRUE(
      holds(shown(checks),
            "No label of 18,000 training texts of 18 intents stands out as wrong. Of labels changed to another "
            "intent at random, about 87.5% would have been found; of those mistaken for a similar intent, fewer."));
}

TEST(DataChecks, ShowHostileTextAsItIs) {
  const std::string text = shown(tests::sample_checks("<b>|\n---\n\u202E", "`in|tent`\x1b"));
  EXPECT_FALSE(holds(text, "<b>"));
  EXPECT_FALSE(holds(text, "\n---\n\n"));
  EXPECT_FALSE(holds(text, "\u202E"));
  EXPECT_FALSE(holds(text, "\x1b"));
  EXPECT_TRUE(holds(text, R"(\`in\|tent\`\[U+001B\])"));
}

TEST(DataChecks, SayWhatWasLeftOutAndThatNothingWasFound) {
  DataChecksReport checks;
  checks.left_out = "Too many texts.";
  const std::string text = shown(checks);
  EXPECT_TRUE(holds(text, "Too many texts."));
  EXPECT_TRUE(holds(text, "Nothing was found."));
}

TEST(DataChecks, AreABlockOfTheReport) {
  RunReport report = tests::sample_run();
  EXPECT_TRUE(Json::parse(to_json(report)).at("data_checks").is_null());
  report.data_checks = tests::sample_checks("text", "intent");
  const Json block = Json::parse(to_json(report)).at("data_checks");
  EXPECT_EQ("other", block.at("/label_errors/0/suggestion"_json_pointer));
  EXPECT_EQ(5, block.at("/conflicts/0/places/2/line"_json_pointer));
  EXPECT_TRUE(holds(to_markdown(report), "## What looks wrong with the data"));
}

}  // namespace
}  // namespace tt::report
