#include "transfer_tune/judge/gates.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "report/sample_comparison.hpp"
#include "report/sample_report.hpp"
#include "transfer_tune/core/error.hpp"

namespace tt::report {
namespace {

GateReport judged(const char* gate, const RunReport& report = tests::sample_run()) {
  const Gate parsed = parse_gate(gate);
  return judge_gates({&parsed, 1}, gate_subject(report, {}), std::nullopt).front();
}

std::string line(const char* gate, const RunReport& report = tests::sample_run()) {
  return gate_line(judged(gate, report));
}

std::string problem(const char* gate, GateScope scope = GateScope::run) {
  return gate_problem(parse_gate(gate), scope);
}

/// `sample_run` with a third label that the test file lacks and whose name is hostile.
RunReport with_untested_label() {
  RunReport report = tests::sample_run();
  report.target.test->per_class.push_back({.label = "x\"] \x1b[31m", .support = 0, .predicted = 0});
  return report;
}

TEST(Gates, AreJudgedByAnyNumberOfTheReport) {
  EXPECT_EQ(line("test.accuracy>=0.75"), "PASS test.accuracy >= 0.75: 0.750");
  EXPECT_EQ(line("test.accuracy>=0.9"), "FAIL test.accuracy >= 0.9: 0.750");
  EXPECT_EQ(line("test.examples==4"), "PASS test.examples == 4: 4");
  EXPECT_EQ(line("timing.peak_rss_bytes<=1e9"), "PASS timing.peak_rss_bytes <= 1e9: 536870912");
  EXPECT_EQ(line("data.duplicates.train_test<1"), "FAIL data.duplicates.train_test < 1: 1");
  EXPECT_EQ(judged("test.accuracy>=0.9").value, 0.75);
}

TEST(Gates, ShowAsManyDigitsAsTheVerdictTakes) {
  RunReport report = tests::sample_run();
  report.target.test->accuracy = 0.89996;
  EXPECT_EQ(line("test.accuracy>=0.9", report), "FAIL test.accuracy >= 0.9: 0.89996");
  EXPECT_EQ(line("test.accuracy>=0.8", report), "PASS test.accuracy >= 0.8: 0.900");
  report.target.test->log_loss = 4e-5;
  EXPECT_EQ(line("test.log_loss<0.1", report), "PASS test.log_loss < 0.1: 4e-05");
}

TEST(Gates, FindEntriesByTheirFirstFieldOrPlace) {
  EXPECT_EQ(line("test.per_class[\"card_lost\"].recall>=0.5"),
            "PASS test.per_class[\"card_lost\"].recall >= 0.5: 0.500");
  EXPECT_EQ(line("test.per_class[1].recall>=0.5"), "PASS test.per_class[1].recall >= 0.5: 1.000");
  EXPECT_EQ(line("test.slices['language'].values['de'].count==1"),
            "PASS test.slices[\"language\"].values[\"de\"].count == 1: 1");
  EXPECT_EQ(line("timing.stages['train'].seconds<100"), "FAIL timing.stages[\"train\"].seconds < 100: 125.000");
  EXPECT_EQ(line("test.accuracy_ci95[0]>=0"), "PASS test.accuracy_ci95[0] >= 0: 0.250");
  EXPECT_EQ(line("test.confusion[0][1]<=0"), "FAIL test.confusion[0][1] <= 0: 1");
  // Negative transfer: what the kept share of the source scored against none of it.
  EXPECT_EQ(line("source.keep.candidates[0].score<0.87"), "PASS source.keep.candidates[0].score < 0.87: 0.863");
  // A name in brackets may be a field's.
  EXPECT_EQ(line("test['examples']==4"), "PASS test[\"examples\"] == 4: 4");
}

TEST(Gates, OverEveryEntryTheWorstDecides) {
  EXPECT_EQ(line("test.per_class[*].recall>=0.5"),
            "PASS test.per_class[*].recall >= 0.5: 0.500 at test.per_class[\"card_lost\"].recall, the lowest of 2");
  EXPECT_EQ(line("test.per_class[*].recall>0.5").substr(0, 4), "FAIL");
  EXPECT_EQ(line("test.per_class[*].support<=2"),
            "PASS test.per_class[*].support <= 2: 2 at test.per_class[\"card_lost\"].support, the highest of 2");
  EXPECT_EQ(line("test.per_class[*].predicted==1"),
            "FAIL test.per_class[*].predicted == 1: 3 at test.per_class[\"top_up\"].predicted, the farthest from it of "
            "2");
  EXPECT_EQ(line("test.confusion[*][*]<=2"),
            "PASS test.confusion[*][*] <= 2: 2 at test.confusion[1][1], the highest of 4");
  EXPECT_EQ(judged("test.per_class[*].recall>=0.9").value, 0.5);
}

TEST(Gates, OverEveryEntryNullsAreLeftOutAndNamed) {
  const RunReport report = with_untested_label();
  EXPECT_EQ(
      line("test.per_class[*].recall>=0.5", report),
      "PASS test.per_class[*].recall >= 0.5: 0.500 at test.per_class[\"card_lost\"].recall, the lowest of 2; left "
      "out as null: test.per_class[\"x\\\"] \\x1b[31m\"].recall");
  RunReport untested = report;
  untested.target.test->per_class.erase(untested.target.test->per_class.begin(),
                                        untested.target.test->per_class.begin() + 2);
  EXPECT_EQ(
      line("test.per_class[*].f1>=0", untested),
      "FAIL test.per_class[*].f1 >= 0: no entry has a value: test.per_class[\"x\\\"] \\x1b[31m\"].f1 is null (null "
      "for a label with neither)");
  untested.target.test->per_class.clear();
  EXPECT_EQ(line("test.per_class[*].f1>=0", untested), "FAIL test.per_class[*].f1 >= 0: the list has no entries");
}

TEST(Gates, FailOnWhatIsNullWithItsReason) {
  RunReport report = tests::sample_run();
  report.target.test.reset();
  EXPECT_EQ(line("test.accuracy>=0", report),
            "FAIL test.accuracy >= 0: test is null (figures on its test file; null: none was given)");
  EXPECT_EQ(line("test.per_class[*].recall>=0", report),
            "FAIL test.per_class[*].recall >= 0: no entry has a value: test is null (figures on its test file; null: "
            "none was given)");
  EXPECT_EQ(line("training.per_epoch[0].validation_log_loss<9"),
            "FAIL training.per_epoch[0].validation_log_loss < 9: training.per_epoch[0].validation_log_loss is null "
            "(null: no validation texts)");
  const RunReport untested = with_untested_label();
  const GateReport gate = judged("test.per_class[2].recall<=1", untested);
  EXPECT_FALSE(gate.passed);
  EXPECT_TRUE(std::isnan(gate.value));
}

TEST(Gates, FailOnWhatIsMissingAndNameTheNearest) {
  EXPECT_EQ(line("test.acuracy>=0"), "FAIL test.acuracy >= 0: the report has no test.acuracy (nearest: test.accuracy)");
  EXPECT_EQ(line("accuracy>=0"), "FAIL accuracy >= 0: the report has no accuracy (nearest: test.accuracy)");
  EXPECT_EQ(line("test.per_class['card_list'].recall>=0"),
            "FAIL test.per_class[\"card_list\"].recall >= 0: the report has no test.per_class[\"card_list\"] (nearest: "
            "test.per_class[\"card_lost\"])");
  EXPECT_EQ(line("test.per_class['refunds and fees'].recall>=0"),
            "FAIL test.per_class[\"refunds and fees\"].recall >= 0: the report has no test.per_class[\"refunds and "
            "fees\"]; test.per_class has \"card_lost\", \"top_up\"");
  EXPECT_EQ(line("test.per_class[2].recall>=0"),
            "FAIL test.per_class[2].recall >= 0: the report has no test.per_class[2]; test.per_class has 2 entries");
  EXPECT_EQ(line("test.per_class[*].recal>=0"),
            "FAIL test.per_class[*].recal >= 0: the report has no test.per_class[\"card_lost\"].recal (nearest: "
            "test.per_class[\"card_lost\"].recall)");
}

TEST(Gates, FailOnWhatIsNoNumber) {
  EXPECT_EQ(line("test.data_path>=0"), "FAIL test.data_path >= 0: test.data_path is a text, not a number");
  EXPECT_EQ(line("test>=0"), "FAIL test >= 0: test is an object, not a number");
  EXPECT_EQ(line("test.accuracy.mean>=0"), "FAIL test.accuracy.mean >= 0: test.accuracy is a number, not an object");
  EXPECT_EQ(line("test.accuracy[0]>=0"), "FAIL test.accuracy[0] >= 0: test.accuracy is a number, not a list");
  EXPECT_EQ(line("test.per_class.card_lost>=0"),
            "FAIL test.per_class.card_lost >= 0: test.per_class is a list; its entries are test.per_class[0], "
            "test.per_class[\"NAME\"] or, for all, test.per_class[*]");
  EXPECT_EQ(line("test.confused_pairs['card_lost'].count<2"), "PASS test.confused_pairs[\"card_lost\"].count < 2: 1");
  RunReport report = tests::sample_run();
  report.target.test->confused_pairs.push_back(report.target.test->confused_pairs.front());
  EXPECT_EQ(line("test.confused_pairs['card_lost'].count<2", report),
            "FAIL test.confused_pairs[\"card_lost\"].count < 2: test.confused_pairs[\"card_lost\"] is the name of 2 "
            "entries; take one by its place, test.confused_pairs[0]");
}

TEST(GateProblem, IsWhatNoReportCouldAnswer) {
  for (const char* gate :
       {"test.accuracy>0", "test.per_class['any label'].recall>0", "test.per_class[*].recall>0", "source.keep.chosen>0",
        "cross_validation.accuracy>0", "test.accuracy_ci95[1]>0", "source.test.accuracy>0", "test.confusion[3][4]<1",
        "not_worse(test.accuracy)", "not_worse(cross_validation.accuracy)", "timing.stages['test'].seconds<1"}) {
    EXPECT_EQ(problem(gate), "") << gate;
  }
  EXPECT_EQ(problem("tset.accuracy>0"), "the report has no tset (nearest: test)");
  EXPECT_EQ(problem("accuracy>0"), "the report has no accuracy (nearest: test.accuracy)");
  EXPECT_EQ(problem("test.per_class[*].recal>0"),
            "the report has no test.per_class[*].recal (nearest: test.per_class[*].recall)");
  EXPECT_EQ(problem("test.accuracy.mean>0"), "test.accuracy is a number, not an object");
  EXPECT_EQ(problem("test.per_class>0"),
            "test.per_class is a list; its entries are test.per_class[0], test.per_class[\"NAME\"] or, for all, "
            "test.per_class[*]");
  EXPECT_EQ(problem("test[0]>0"), "test is an object, not a list");
  EXPECT_EQ(problem("test.data_path>0"), "test.data_path is a text, not a number");
  EXPECT_EQ(problem("not_worse(test.macro_f1)"),
            "not_worse compares by a 95% interval, and there is no test.macro_f1_ci95[0]; it takes accuracies, such as "
            "test.accuracy");
}

TEST(GateProblem, OfAnEvaluationIsAllButTheTestBlock) {
  EXPECT_EQ(problem("test.accuracy>0", GateScope::evaluation), "");
  EXPECT_EQ(problem("timing.total_seconds<1", GateScope::evaluation), "the report has no timing; it has \"test\"");
  const Gate gate = parse_gate("test.accuracy>=0.75");
  EXPECT_EQ(gate_line(judge_gates({&gate, 1}, gate_subject(tests::sample_evaluation(), {}), std::nullopt).front()),
            "PASS test.accuracy >= 0.75: 0.750");
}

TEST(Gates, TakeTrueForOneAndFalseForZero) {
  RunReport report = tests::sample_run();
  report.source->cache_hit = true;
  EXPECT_EQ(line("source.cache_hit==1", report), "PASS source.cache_hit == 1: 1");
  report.source->cache_hit = false;
  EXPECT_EQ(line("source.cache_hit==1", report), "FAIL source.cache_hit == 1: 0");
}

TEST(GatesOfAComparison, ReadCompareJson) {
  ComparisonReport report =
      tests::compared({tests::sample_arm("full", {{0, 10}}), tests::sample_arm("plain", {{0, 20}})});
  report.source_effects = {
      {.source = "retail", .with = "full", .without = "plain", .difference = 0.01, .sentence = {}},
      {.source = "retail", .with = "full", .without = "plain", .difference = -0.02, .hurt = true, .sentence = {}}};
  const auto judged = [&](const char* text) {
    const Gate gate = parse_gate(text);
    EXPECT_EQ(gate_problem(gate, GateScope::comparison), "") << text;
    return gate_line(judge_gates({&gate, 1}, gate_subject(report), std::nullopt).front());
  };
  EXPECT_EQ(judged("arms['full'].accuracy.mean>=0.9"), "PASS arms[\"full\"].accuracy.mean >= 0.9: 0.950");
  EXPECT_EQ(judged("source_effects[*].hurt==0"),
            "FAIL source_effects[*].hurt == 0: 1 at source_effects[\"retail\"].hurt, the farthest from it of 2");
  EXPECT_EQ(
      judged("source_effects[*].difference>=-0.05"),
      "PASS source_effects[*].difference >= -0.05: -0.020 at source_effects[\"retail\"].difference, the lowest of "
      "2");
  report.source_effects.clear();
  EXPECT_EQ(judged("source_effects[*].hurt==0"), "FAIL source_effects[*].hurt == 0: the list has no entries");
  EXPECT_TRUE(problem("test.accuracy>0", GateScope::comparison).starts_with("the report has no test; it has "));
  EXPECT_EQ(problem("not_worse(arms[0].accuracy.mean)", GateScope::comparison),
            "not_worse goes with runs and evaluations; a comparison's pairs say it");
}

TEST(GateVerdict, Counts) {
  const GateReport pass{.gate = "a > 0", .passed = true, .found = "1"};
  const GateReport fail{.gate = "b > 0", .passed = false, .found = "0"};
  EXPECT_EQ(gate_verdict({pass}), "1 quality gate passed");
  EXPECT_EQ(gate_verdict({pass, pass}), "2 quality gates passed");
  EXPECT_EQ(gate_verdict({pass, fail}), "1 of 2 quality gates failed");
  EXPECT_EQ(failed_count({fail, pass, fail}), 2U);
}

}  // namespace
}  // namespace tt::report
