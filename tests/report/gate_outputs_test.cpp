#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "report/sample_comparison.hpp"
#include "report/sample_report.hpp"
#include "support/messages.hpp"
#include "transfer_tune/judge/gates.hpp"
#include "transfer_tune/render/reports.hpp"

namespace tt::report {
namespace {

using Json = nlohmann::json;
using tt::tests::holds;

std::vector<GateReport> sample_gates() {
  return {{.gate = "test.accuracy >= 0.7", .passed = true, .value = 0.75, .found = "0.750"},
          {.gate = "test.per_class[\"a|b <i>\"].recall >= 0.3",
           .passed = false,
           .found = "the report has no test.per_class[\"a|b <i>\"]"}};
}

RunReport gated_run() {
  RunReport report = tests::sample_run();
  report.gates = sample_gates();
  return report;
}

TEST(JUnit, HasATestCaseAGate) {
  EXPECT_EQ(junit_xml(sample_gates(), "gates: banking"), R"(<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="gates: banking" tests="2" failures="1" errors="0" skipped="0">
    <testcase classname="gates: banking" name="test.accuracy &gt;= 0.7">
      <system-out>PASS test.accuracy &gt;= 0.7: 0.750</system-out>
    </testcase>
    <testcase classname="gates: banking" name="test.per_class[&quot;a|b &lt;i&gt;&quot;].recall &gt;= 0.3">
      <failure type="gate" message="the report has no test.per_class[&quot;a|b &lt;i&gt;&quot;]">FAIL test.per_class[&quot;a|b &lt;i&gt;&quot;].recall &gt;= 0.3: the report has no test.per_class[&quot;a|b &lt;i&gt;&quot;]</failure>
    </testcase>
  </testsuite>
</testsuites>
)");
}

TEST(JUnit, ReplacesWhatXmlForbidsAndKeepsTheRest) {
  const std::string nul(1, '\0');
  const std::string xml =
      junit_xml({}, "a" + nul + "\x1b\x08|\uFFFE\uFFFF|\xff|\t\n\r|& \" '|\u00e4\uFFFD\U0001F642\x7f");
  EXPECT_TRUE(holds(xml,
                    "name=\"a\uFFFD\uFFFD\uFFFD|\uFFFD\uFFFD|\uFFFD|&#9;&#10;&#13;|&amp; &quot; '|"
                    "\u00e4\uFFFD\U0001F642\x7f\""));
}

TEST(GatesInReports, StandInJson) {
  const Json run = Json::parse(to_json(gated_run()));
  ASSERT_EQ(run.at("gates").size(), 2U);
  EXPECT_EQ(run["gates"][0],
            (Json{{"gate", "test.accuracy >= 0.7"}, {"passed", true}, {"value", 0.75}, {"found", "0.750"}}));
  EXPECT_TRUE(run["gates"][1]["value"].is_null());
  EXPECT_EQ(Json::parse(to_json(tests::sample_run())).at("gates"), Json::array());
  EXPECT_EQ(Json::parse(to_json(tests::sample_evaluation(), sample_gates())).at("gates"), run["gates"]);
  EXPECT_FALSE(Json::parse(to_json(tests::sample_evaluation())).contains("gates"));
}

TEST(GatesInReports, StandInMarkdown) {
  for (const std::string& markdown :
       {to_markdown(gated_run()), to_markdown(tests::sample_evaluation(), sample_gates())}) {
    EXPECT_TRUE(holds(markdown, "## Quality gates\n\n**1 of 2 quality gates failed**.\n"));
    EXPECT_TRUE(holds(markdown, "| pass | test.accuracy &gt;= 0.7 | 0.750 |"));
    EXPECT_TRUE(holds(markdown, R"(| **FAIL** | test.per\_class\["a\|b &lt;i&gt;"\].recall)"));
  }
  ComparisonReport comparison =
      tests::compared({tests::sample_arm("full", {{0, 10}}), tests::sample_arm("plain", {{0, 20}})});
  EXPECT_FALSE(holds(to_markdown(comparison), "Quality gates"));
  comparison.gates = sample_gates();
  EXPECT_TRUE(holds(to_markdown(comparison), "## Quality gates\n\n**1 of 2 quality gates failed**.\n"));
  EXPECT_TRUE(holds(to_html(comparison), "1 of 2 quality gates failed"));
  EXPECT_TRUE(holds(summary_markdown(comparison), " arms: 1 of 2 quality gates failed\n"));
  EXPECT_FALSE(holds(to_markdown(tests::sample_run()), "Quality gates"));
  EXPECT_FALSE(holds(to_markdown(tests::sample_evaluation()), "Quality gates"));
}

TEST(Summary, SaysTheVerdictTheFiguresAndTheGates) {
  const std::string summary = summary_markdown(gated_run());
  EXPECT_TRUE(summary.starts_with("## banking: 75.0% accuracy, 1 of 2 quality gates failed\n")) << summary;
  EXPECT_TRUE(holds(summary, "| **adapted, policy top\\_layers** | **75.0%** | 25.0% to 100.0% | **0.733** |"));
  EXPECT_TRUE(holds(summary, "| most frequent label | 50.0% |"));
  EXPECT_TRUE(holds(summary, "On 4 texts of the test file; 2 min 10 s in all."));
  EXPECT_TRUE(holds(summary, "| **FAIL** | test.per\\_class"));
}

TEST(Summary, DoesWithoutGatesAndWithoutATestFile) {
  RunReport report = tests::sample_run();
  report.cross_validation = std::move(report.target.test);
  report.target.test.reset();
  std::string summary = summary_markdown(report);
  EXPECT_TRUE(summary.starts_with("## banking: 75.0% accuracy\n")) << summary;
  EXPECT_TRUE(holds(summary, "Cross-validated on 4 texts;"));
  report.cross_validation.reset();
  report.target.data.name = "a|b";
  summary = summary_markdown(report);
  EXPECT_EQ(summary, "## a\\|b: not tested\n");
}

TEST(Summary, OfAnEvaluation) {
  const std::string summary = summary_markdown(tests::sample_evaluation(), sample_gates());
  EXPECT_TRUE(summary.starts_with("## Evaluation: 75.0% accuracy, 1 of 2 quality gates failed\n")) << summary;
  EXPECT_TRUE(holds(summary, "| **75.0%** | 25.0% to 100.0% | **0.733** | 4 |"));
  EXPECT_TRUE(holds(summary, "| pass | test.accuracy"));
}

}  // namespace
}  // namespace tt::report
