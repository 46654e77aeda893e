#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>

#include "report/sample_comparison.hpp"
#include "support/messages.hpp"
#include "transfer_tune/record/comparison_report.hpp"
#include "transfer_tune/render/reports.hpp"

namespace tt::report {
namespace {

using Json = nlohmann::json;
using tt::tests::holds;

/// Two arms of two seeds that differ, one of one seed on other texts, and a run that was left out.
ComparisonReport sample() {
  ComparedArm elsewhere = tests::sample_arm("elsewhere", {{0, 50}});
  elsewhere.runs[0].summary.data_sha256 = "0123";
  elsewhere.runs[0].checkpoint_bytes.reset();
  return make_comparison({tests::sample_arm("full", {{0, 10}, {0, 12}}, 130),
                          tests::sample_arm("frozen", {{0, 40}, {0, 44}}, 10), elsewhere},
                         {{"frozen", "/runs/gone", "/runs/gone/report.json: cannot open"}},
                         {.bootstrap_samples = 500, .seed = 7});
}

TEST(ComparisonJson, HoldsEveryFigure) {
  const ComparisonReport report = sample();
  const Json json = Json::parse(to_json(report));
  EXPECT_EQ(kComparisonSchemaVersion, json.at("schema_version"));
  EXPECT_EQ(3U, json.at("arms").size());
  EXPECT_EQ(report.arms[0].accuracy.sd, json.at("/arms/0/accuracy/sd"_json_pointer).get<double>());
  EXPECT_EQ(0.94, json.at("/arms/0/accuracy/per_seed/1"_json_pointer).get<double>());
  EXPECT_EQ(2, json.at("/arms/0/runs/1/seed"_json_pointer));
  EXPECT_EQ(130, json.at("/arms/0/cost/train_seconds"_json_pointer));
  EXPECT_TRUE(json.at("/arms/2/accuracy/sd"_json_pointer).is_null());
  EXPECT_TRUE(json.at("/arms/2/cost/checkpoint_bytes"_json_pointer).is_null());
  const Json& pair = json.at("/pairs/0"_json_pointer);
  EXPECT_EQ("full", pair.at("a"));
  EXPECT_EQ("frozen", pair.at("b"));
  EXPECT_EQ("a_better", pair.at("outcome"));
  EXPECT_EQ(true, pair.at("paired"));
  EXPECT_EQ(report.pairs[0].ci95.low, pair.at("ci95")[0].get<double>());
  EXPECT_EQ(report.pairs[0].p_holm, pair.at("p_holm").get<double>());
  EXPECT_EQ(30, pair.at("/tests/0/only_a"_json_pointer));
  EXPECT_TRUE(json.at("/pairs/1/p_mcnemar"_json_pointer).is_null());
  EXPECT_EQ("not_comparable", json.at("/pairs/1/outcome"_json_pointer));
  EXPECT_EQ(report.verdict, json.at("verdict"));
  EXPECT_EQ("full", json.at("recommended"));
  EXPECT_EQ("/runs/gone", json.at("/failed/0/directory"_json_pointer));
}

TEST(ComparisonSchema, NamesEveryFieldAndOutcome) {
  const Json schema = Json::parse(comparison_schema_json());
  EXPECT_EQ("transfer-tune compare.json", schema.at("title"));
  EXPECT_EQ(kComparisonSchemaVersion, schema.at("/properties/schema_version/const"_json_pointer));
  const Json pair = schema.at("/properties/pairs/items"_json_pointer);
  EXPECT_EQ(5U, pair.at("/properties/outcome/enum"_json_pointer).size());
  EXPECT_EQ("not_comparable", pair.at("/properties/outcome/enum/4"_json_pointer));
  std::set<std::string> described;
  for (const auto& [name, field] : pair.at("properties").items()) described.insert(name);
  std::set<std::string> written;
  const Json json = Json::parse(to_json(sample()));
  for (const auto& [name, value] : json.at("/pairs/0"_json_pointer).items()) written.insert(name);
  EXPECT_EQ(described, written);
  EXPECT_EQ((Json::array({"string", "null"})), schema.at("/properties/recommended/type"_json_pointer));
}

TEST(ComparisonMarkdown, StartsWithTheVerdict) {
  const ComparisonReport report = sample();
  const std::string text = to_markdown(report);
  EXPECT_TRUE(text.starts_with("# Comparison of 3 arms\n\n**full beats frozen by 15.5 points (95% ")) << text;
  EXPECT_TRUE(holds(text, "at 13 times the training time."));
  EXPECT_TRUE(holds(text,
                    "| full | full | 1, 2 | 200 | 94.5% ± 0.7 | 0.935 ± 0.007 | 2 min 10 s | 2 min 12 s | 512 MiB | "
                    "1,234,567 | 90 MiB |"));
  EXPECT_TRUE(
      holds(text, "| elsewhere | full | 1 | 200 | 75.0% | 0.740 | 10.0 s | 12.0 s | 512 MiB | 1,234,567 | – |"));
  EXPECT_TRUE(holds(text, "| full | frozen | 15.5 | "));
  EXPECT_TRUE(holds(text, "| &lt;0.001 | &lt;0.001 | full is better |"));
  EXPECT_TRUE(holds(text, "| – | – | measured on other texts |"));
  EXPECT_TRUE(holds(text, "### Seed by seed\n"));
  EXPECT_TRUE(holds(text, "| full | frozen | 2 | 2 | 32 | 0 |"));
  EXPECT_TRUE(holds(text, "## Runs left out\n\n- /runs/gone (frozen): /runs/gone/report.json: cannot open"));
  EXPECT_TRUE(holds(text, "| frozen | 2 | 78.0% | 0.770 | /runs/frozen1 |"));
}

TEST(ComparisonMarkdown, HasNoSeedBySeedForOneSeed) {
  const std::string text =
      to_markdown(tests::compared({tests::sample_arm("full", {{0, 10}}), tests::sample_arm("frozen", {{0, 40}})}));
  EXPECT_FALSE(holds(text, "Seed by seed"));
  EXPECT_FALSE(holds(text, "Runs left out"));
}

TEST(ComparisonMarkdown, ShowsMicroF1WhereTextsHaveSeveralLabels) {
  std::vector<ComparedArm> arms{tests::sample_arm("one", {{0, 40}, {0, 50}}), tests::sample_arm("other", {{0, 20}})};
  EXPECT_FALSE(holds(to_markdown(tests::compared(arms)), "Micro F1"));
  for (ComparedArm& arm : arms) {
    for (FinishedRun& run : arm.runs) run.summary.micro_f1 = run.summary.accuracy / 2;
  }
  const std::string text = to_markdown(tests::compared(arms));
  EXPECT_TRUE(holds(text, "| Exact answers | Macro F1 | Micro F1 | Training |"));
  EXPECT_TRUE(holds(text, "| 77.5% ± 3.5 | 0.765 ± 0.035 | 0.388 ± 0.018 |"));
  EXPECT_TRUE(holds(text, "| 90.0% | 0.890 | 0.450 |"));
}

TEST(ComparisonText, LinesItsColumnsUp) {
  const std::string text = to_text(sample());
  EXPECT_TRUE(text.starts_with("Arm        Policy  Seeds  Texts     Accuracy")) << text;
  EXPECT_TRUE(holds(text, "\nfull       full     1, 2    200  94.5% ± 0.7  "));
  EXPECT_TRUE(holds(text, "\nelsewhere  full        1    200        75.0%  "));
  EXPECT_TRUE(holds(text, "\nleft out: /runs/gone: /runs/gone/report.json: cannot open\n"));
  EXPECT_TRUE(holds(text, "\nfull beats frozen by "));
  EXPECT_FALSE(holds(text, " \n")) << "no spaces at the end of a line";
}

TEST(ComparisonText, CutsLongNames) {
  const std::string name(500, 'x');
  const std::string text =
      to_text(tests::compared({tests::sample_arm(name, {{0, 10}}), tests::sample_arm("frozen", {{0, 40}})}));
  EXPECT_TRUE(text.find('\n') < 200) << text;
  EXPECT_TRUE(holds(text, "x…"));
}

TEST(ComparisonOutput, EscapesWhateverNamesHold) {
  const std::string hostile = "<script>|`\u202E\x1b[0m\n# h";
  ComparedArm arm = tests::sample_arm(hostile, {{0, 40}});
  arm.runs[0].directory = hostile;
  arm.runs[0].summary.policy = hostile;
  arm.runs[0].answers.reset();
  arm.runs[0].no_answers = hostile;
  const ComparisonReport report = make_comparison({tests::sample_arm("full", {{0, 10}}), arm},
                                                  {{hostile, hostile, hostile}}, {.bootstrap_samples = 100, .seed = 7});
  const std::string markdown = to_markdown(report);
  EXPECT_TRUE(holds(markdown, "&lt;script&gt;\\|\\`\\[U+202E\\]\\[U+001B\\]\\[0m \\# h"));
  for (const std::string& text : {markdown, to_text(report)}) {
    EXPECT_FALSE(holds(text, "\u202E"));
    EXPECT_FALSE(holds(text, "\x1b"));
    EXPECT_FALSE(holds(text, "\n# h"));
  }
  EXPECT_FALSE(holds(markdown, "<script"));
  EXPECT_EQ(hostile, Json::parse(to_json(report)).at("/arms/1/name"_json_pointer)) << "JSON says it as it is";
}

}  // namespace
}  // namespace tt::report
