#include "cli/workplace.hpp"
#include "support/messages.hpp"

#include <gtest/gtest.h>

namespace fs = std::filesystem;
using namespace tt;
using namespace tt::tests;
using Json = nlohmann::json;

namespace {

void set_evaluation(const Workplace& workplace, const Json& evaluation) {
  auto config = Workplace::config();
  config["evaluation"] = evaluation;
  write_file(workplace.path() / "run.json", config.dump());
}

/// A run whose gates all pass, for the tests below to compare with.
class GatedRun : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    workplace_ = new Workplace;
    set_evaluation(*workplace_, {{"gates", {"test.accuracy>=0", "test.per_class[*].support==2"}}});
    outcome_ = new Outcome(workplace_->run({"--config", "run.json", "--gate", "test.examples==6"}));
    ASSERT_EQ(outcome_->code, 0) << outcome_->err;
  }
  static void TearDownTestSuite() {
    delete outcome_;
    delete workplace_;
  }

  [[nodiscard]] static Outcome evaluate(std::vector<std::string> more) {
    std::vector<std::string> arguments{"evaluate", "--checkpoint",   "out",   "--data",
                                       "test.csv", "--label-column", "intent"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return workplace_->run(std::move(arguments));
  }

  inline static const Workplace* workplace_ = nullptr;
  inline static const Outcome* outcome_ = nullptr;
};

}  // namespace

TEST_F(GatedRun, SaysALineAGateAndWritesThemAll) {
  EXPECT_TRUE(holds(outcome_->out, "\nPASS test.accuracy >= 0: "));
  EXPECT_TRUE(outcome_->out.ends_with("\nPASS test.examples == 6: 6\n")) << outcome_->out;
  const Json report = Json::parse(workplace_->read("out/report.json"));
  ASSERT_EQ(report["gates"].size(), 3U);
  EXPECT_EQ(report["gates"][2], (Json{{"gate", "test.examples == 6"}, {"passed", true}, {"value", 6}, {"found", "6"}}));
  EXPECT_TRUE(holds(workplace_->read("out/report.md"), "**3 quality gates passed**"));
  EXPECT_TRUE(holds(workplace_->read("out/junit.xml"), "tests=\"3\" failures=\"0\""));
  const Json resolved = Json::parse(workplace_->read("out/config.resolved.json"));
  EXPECT_EQ(resolved["evaluation"]["gates"].size(), 3U);
}

TEST_F(GatedRun, IsABaselineForTheNextRun) {
  const Workplace next;
  const std::string baseline = (workplace_->path() / "out/report.json").string();
  const Outcome same = next.run({"--config", "run.json", "--gate", "not_worse(test.accuracy)", "--baseline", baseline});
  EXPECT_EQ(same.code, 0) << same.err;
  EXPECT_TRUE(holds(same.out, "of 6 texts, 0 newly right and 0 newly wrong, McNemar's p = 1.000"));

  // In a config the baseline is relative to it; what the run would replace is none, as a worse run would be the next.
  set_evaluation(next, {{"gates", {"not_worse(test.accuracy)"}}, {"baseline", "out/report.json"}});
  const Outcome over_it = next.run({"--config", "run.json", "--overwrite"});
  EXPECT_EQ(over_it.code, 5) << over_it.err;
  EXPECT_TRUE(holds(over_it.err, "would remove the baseline"));
  const Outcome beside = next.run({"--config", "run.json", "--set", "output.dir=next"});
  EXPECT_EQ(beside.code, 0) << beside.err;
  EXPECT_TRUE(holds(beside.out, "of 6 texts, 0 newly right"));
}

TEST_F(GatedRun, EvaluateJudgesTheSameGates) {
  const std::string baseline = "out/report.json";
  const Outcome passing = evaluate({"--gate", "test.examples==6", "--gate", "not_worse(test.accuracy)", "--baseline",
                                    baseline, "--junit", "junit.xml", "--summary", "summary.md", "--json"});
  EXPECT_EQ(passing.code, 0) << passing.err;
  const Json json = Json::parse(passing.out);
  ASSERT_EQ(json["gates"].size(), 2U);
  EXPECT_TRUE(json["gates"][1]["passed"]);
  EXPECT_TRUE(holds(json["gates"][1]["found"].get<std::string>(), "of 6 texts, 0 newly right and 0 newly wrong"));
  EXPECT_TRUE(holds(passing.err, "PASS test.examples == 6: 6"));
  EXPECT_TRUE(holds(workplace_->read("junit.xml"), "tests=\"2\" failures=\"0\""));
  EXPECT_TRUE(holds(workplace_->read("summary.md"), "2 quality gates passed"));

  const Outcome failing = evaluate({"--gate", "test.examples==7", "--junit", "junit.xml", "--quiet"});
  EXPECT_EQ(failing.code, 7) << failing.err;
  EXPECT_TRUE(holds(failing.out, "| **FAIL** | test.examples == 7 | 6 |"));
  EXPECT_TRUE(holds(failing.err, "FAIL test.examples == 7: 6"));
  EXPECT_TRUE(holds(failing.err, "error: 1 of 1 quality gate failed"));
  EXPECT_TRUE(holds(workplace_->read("junit.xml"), "tests=\"1\" failures=\"1\""));
}

TEST_F(GatedRun, EvaluateRefusesGatesThatCannotBe) {
  const Outcome bad =
      evaluate({"--gate", "test.accuracy=1", "--gate", "timing.total_seconds<1", "--gate", "not_worse(test.accuracy)"});
  EXPECT_EQ(bad.code, 2);
  EXPECT_TRUE(holds(bad.err, "gate \"test.accuracy=1\": column 14: found \"=\""));
  EXPECT_TRUE(holds(bad.err, "gate \"timing.total_seconds<1\": the report has no timing"));
  EXPECT_TRUE(holds(bad.err, "gate \"not_worse(test.accuracy)\": found no baseline"));
  EXPECT_EQ(evaluate({"--junit", "none.xml"}).code, 2);
  EXPECT_FALSE(fs::exists(workplace_->path() / "none.xml"));
  EXPECT_EQ(evaluate({"--gate", "not_worse(test.accuracy)", "--baseline", "none.json"}).code, 2);
}

TEST_F(GatedRun, AFailedGateIsNotLostWithTheReader) {
  Launch launch{{"evaluate", "--checkpoint", "out", "--data", "test.csv", "--label-column", "intent", "--gate",
                 "test.examples==7"}};
  launch.reads_output = false;
  EXPECT_EQ(workplace_->run(launch).code, 7);
}

TEST(FailedGate, EndsWithItsCodeAfterEverythingIsWritten) {
  const Workplace workplace;
  write_file(workplace.path() / "summary.md", "# Job\n");
  const Outcome outcome =
      workplace.run({"--config", "run.json", "--gate", "test.accuracy>1", "--gate", "test.examples==6", "--gate",
                     "test.per_class['card_list'].recall>=0", "--summary", "summary.md"});
  EXPECT_EQ(outcome.code, 7) << outcome.err;
  EXPECT_TRUE(holds(outcome.out, "\nFAIL test.accuracy > 1: "));
  EXPECT_TRUE(holds(outcome.out, "\nPASS test.examples == 6: 6\n"));
  EXPECT_TRUE(holds(outcome.out, "(nearest: test.per_class[\"card_lost\"])\n"));
  EXPECT_TRUE(holds(outcome.err, "transfer-tune: error: 2 of 3 quality gates failed\n"));
  for (const char* name : {"checkpoint", "report.json", "report.md", "report.html", "predictions.jsonl",
                           "config.resolved.json", "log.jsonl", "junit.xml"}) {
    EXPECT_TRUE(fs::exists(workplace.path() / "out" / name)) << name;
  }
  EXPECT_FALSE(fs::exists(workplace.path() / "out.partial"));
  EXPECT_TRUE(holds(workplace.read("out/junit.xml"), "tests=\"3\" failures=\"2\""));
  const std::string summary = workplace.read("summary.md");
  EXPECT_TRUE(summary.starts_with("# Job\n\n## target: ")) << summary;
  EXPECT_TRUE(holds(summary, "2 of 3 quality gates failed"));
}

TEST(FailedGate, OfACiJobThatReadsJson) {
  const Workplace workplace;
  const Outcome outcome =
      workplace.run({"run", "--config", "run.json", "--gate", "test.accuracy>1", "--json", "--quiet"});
  EXPECT_EQ(outcome.code, 7);
  EXPECT_EQ(Json::parse(outcome.out), Json::parse(workplace.read("out/report.json")));
  EXPECT_FALSE(Json::parse(outcome.out)["gates"][0]["passed"]);
  EXPECT_TRUE(holds(outcome.err, "FAIL test.accuracy > 1: "));
}

TEST(BadGate, EndsTheRunBeforeItBegins) {
  const Workplace workplace;
  set_evaluation(workplace, {{"gates", {"test.accuracy=0.9"}}, {"bootstrap_sample", 1}});
  const Outcome syntax = workplace.run({"--config", "run.json", "--gate", "test.ece<"});
  EXPECT_EQ(syntax.code, 2);
  EXPECT_TRUE(holds(syntax.err, "run.json: /evaluation/gates/0: \"test.accuracy=0.9\": column 14: "));
  EXPECT_TRUE(holds(syntax.err, "--gate: /evaluation/gates/1: \"test.ece<\": column 10: "));
  EXPECT_TRUE(holds(syntax.err, "/evaluation/bootstrap_sample"));

  set_evaluation(workplace, {{"gates", {"tset.accuracy>=0.9", "not_worse(test.accuracy)"}}});
  for (const char* command : {"run", "validate"}) {
    const Outcome absent = workplace.run({command, "--config", "run.json"});
    EXPECT_EQ(absent.code, 2) << command;
    EXPECT_TRUE(holds(absent.err, "the report has no tset (nearest: test)"));
    EXPECT_TRUE(holds(absent.err, "found no baseline"));
  }
  const Outcome baseline = workplace.run({"--config", "run.json", "--set", "evaluation.gates=[]", "--gate",
                                          "not_worse(test.accuracy)", "--baseline", "test.csv"});
  EXPECT_EQ(baseline.code, 2);
  EXPECT_TRUE(holds(baseline.err, "test.csv: found text that is not JSON"));
  EXPECT_FALSE(fs::exists(workplace.path() / "out"));
  EXPECT_FALSE(fs::exists(workplace.path() / "out.partial"));
}

TEST(Summary, IsWrittenWithoutGatesToo) {
  const Workplace workplace;
  const Outcome outcome = workplace.run({"--config", "run.json", "--summary", "summary.md"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(workplace.read("summary.md").starts_with("## target: "));
  EXPECT_FALSE(fs::exists(workplace.path() / "out/junit.xml"));
  EXPECT_EQ(workplace.run({"--config", "run.json", "--overwrite", "--summary", "none/summary.md"}).code, 5);
}
