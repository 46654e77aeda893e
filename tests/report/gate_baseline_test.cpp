#include <gtest/gtest.h>

#include <filesystem>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "report/sample_report.hpp"
#include "support/messages.hpp"
#include "support/temporary_directory.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/judge/gates.hpp"
#include "transfer_tune/record/predictions.hpp"

namespace tt::report {
namespace {

using tt::tests::holds;

namespace fs = std::filesystem;

/// Answers to 200 texts of one file: wrong on those from `first_wrong`, `wrong` of them.
Answers answers(std::size_t first_wrong, std::size_t wrong) {
  Answers out;
  out.data_sha256 = "5e55";
  for (std::size_t i = 0; i < 200; ++i) {
    out.indexes.push_back(i);
    out.labels.emplace_back("label");
    out.correct.push_back(i < first_wrong || i >= first_wrong + wrong ? 1 : 0);
  }
  return out;
}

GateSubject run_with(Answers given, evaluation::Interval interval = {0.8, 0.95}) {
  RunReport report = tests::sample_run();
  const auto right = std::accumulate(given.correct.begin(), given.correct.end(), std::size_t{0});
  report.target.test->accuracy = static_cast<double>(right) / static_cast<double>(given.correct.size());
  report.target.test->accuracy_ci95 = interval;
  return gate_subject(report, std::move(given));
}

std::string line(const GateSubject& now, const std::optional<GateSubject>& before,
                 const char* gate = "not_worse(test.accuracy)") {
  const Gate parsed = parse_gate(gate);
  return gate_line(judge_gates({&parsed, 1}, now, before).front());
}

TEST(NotWorse, PairsTheAnswersToTheSameTexts) {
  const GateSubject before = run_with(answers(0, 20));
  EXPECT_EQ(line(run_with(answers(0, 20)), before),
            "PASS not_worse(test.accuracy): 0.900 against 0.900; of 200 texts, 0 newly right and 0 newly wrong, "
            "McNemar's p = 1.000");
  // Five more errors, all else the same: p = 2 · 2⁻⁵. Six: 2 · 2⁻⁶.
  EXPECT_EQ(line(run_with(answers(0, 25)), before),
            "PASS not_worse(test.accuracy): 0.875 against 0.900; of 200 texts, 0 newly right and 5 newly wrong, "
            "McNemar's p = 0.062");
  EXPECT_EQ(line(run_with(answers(0, 26)), before),
            "FAIL not_worse(test.accuracy): 0.870 against 0.900; of 200 texts, 0 newly right and 6 newly wrong, "
            "McNemar's p = 0.031");
  EXPECT_EQ(line(run_with(answers(0, 60)), before),
            "FAIL not_worse(test.accuracy): 0.700 against 0.900; of 200 texts, 0 newly right and 40 newly wrong, "
            "McNemar's p < 0.001");
}

TEST(NotWorse, LetsABetterRunPass) {
  EXPECT_EQ(line(run_with(answers(0, 5)), run_with(answers(0, 40))),
            "PASS not_worse(test.accuracy): 0.975 against 0.800; of 200 texts, 35 newly right and 0 newly wrong, "
            "McNemar's p < 0.001");
  // Errors elsewhere, as many as before.
  EXPECT_EQ(line(run_with(answers(100, 30)), run_with(answers(0, 30))).substr(0, 4), "PASS");
}

TEST(NotWorse, ComparesIntervalsWhereItCannotPair) {
  const GateSubject before = run_with(answers(0, 20), {0.85, 0.94});
  GateSubject now = run_with(answers(0, 40), {0.74, 0.85});
  now.answers.reset();
  now.no_answers = "predictions.jsonl: no such file";
  EXPECT_EQ(line(now, before),
            "PASS not_worse(test.accuracy): 0.800 (0.740 to 0.850) against 0.900 (0.850 to 0.940); compared by 95% "
            "intervals, as the answers cannot be paired: predictions.jsonl: no such file");
  GateSubject apart = run_with(answers(0, 40), {0.74, 0.8499});
  apart.answers.reset();
  EXPECT_EQ(line(apart, before).substr(0, 4), "FAIL");
}

TEST(NotWorse, PairsNothingThatDoesNotBelongTogether) {
  const GateSubject before = run_with(answers(0, 20));
  // Another label, another order, fewer texts.
  for (const auto change : {+[](Answers& a) { a.labels[7] = "x"; }, +[](Answers& a) { a.indexes[7] = 8; }}) {
    Answers changed = answers(0, 20);
    change(changed);
    EXPECT_TRUE(holds(line(run_with(changed), before), "the two runs did not answer the same texts"));
  }
  Answers fewer = answers(0, 20);
  fewer.indexes.pop_back();
  fewer.labels.pop_back();
  fewer.correct.pop_back();
  EXPECT_TRUE(holds(line(run_with(fewer), before), "the two runs did not answer the same texts"));
  // Predictions of another file, or of another run, than the report's.
  Answers elsewhere = answers(0, 20);
  elsewhere.data_sha256 = "abc";
  EXPECT_TRUE(holds(line(run_with(elsewhere), before), "predictions.jsonl is not about this run's figure"));
  GateSubject strange = before;
  strange.answers = answers(0, 21);
  EXPECT_TRUE(holds(line(run_with(answers(0, 20)), strange), "predictions.jsonl is not about the baseline's figure"));
  RunReport other = tests::sample_run();
  other.target.test->data_sha256 = "abc";
  EXPECT_TRUE(holds(line(gate_subject(other, {}), before), "the figures are of different files"));
}

TEST(NotWorse, FailsWithoutAFigureOnEitherSide) {
  const GateSubject now = run_with(answers(0, 20));
  EXPECT_EQ(line(now, std::nullopt), "FAIL not_worse(test.accuracy): there is no baseline to compare with");
  EXPECT_EQ(line(now, GateSubject{"{\"test\": null}"}),
            "FAIL not_worse(test.accuracy): of the baseline: test is null (figures on its test file; null: none was "
            "given)");
  EXPECT_EQ(line(now, GateSubject{"{\"test\": {\"accuracy\": 0.5, \"accuracy_ci95\": [null, 1]}}"}).substr(0, 4),
            "FAIL");
  EXPECT_TRUE(line(GateSubject{"{\"test\": {\"accuracy\": null}}"}, now)
                  .starts_with("FAIL not_worse(test.accuracy): test.accuracy is null"));
}

TEST(Baseline, IsReadWithThePredictionsBesideIt) {
  const tt::tests::TemporaryDirectory directory;
  const fs::path file = directory.path() / "report.json";
  write_file(file, to_json(tests::sample_run()));
  EXPECT_TRUE(holds(read_baseline(file).no_answers, "predictions.jsonl"));

  const std::vector<std::string> labels{"a", "b"};
  const std::vector<double> probabilities{0.75, 0.25};
  const auto predicted = [&](std::size_t index, const char* label) {
    PredictionRecord record;
    record.index = index;
    record.text = "my card\n";
    record.label = label;
    record.probabilities = probabilities;
    record.data_sha256 = "5e55";
    return prediction_line(record, labels);
  };
  const std::string lines = predicted(3, "a") + predicted(5, "unknown");
  write_file(directory.path() / "predictions.jsonl", lines);
  const GateSubject baseline = read_baseline(file);
  ASSERT_TRUE(baseline.answers) << baseline.no_answers;
  EXPECT_EQ(baseline.answers->indexes, (std::vector<std::uint64_t>{3, 5}));
  EXPECT_EQ(baseline.answers->correct, (std::vector<std::uint8_t>{1, 0}));

  write_file(directory.path() / "predictions.jsonl", lines + "{\"index\": 1\n");
  EXPECT_TRUE(holds(read_baseline(file).no_answers, "predictions.jsonl: line 3: "));
  EXPECT_FALSE(read_baseline(file).answers);
}

TEST(Baseline, MayBeAnEvaluation) {
  const tt::tests::TemporaryDirectory directory;
  const fs::path file = directory.path() / "evaluation.json";
  write_file(file, to_json(tests::sample_evaluation()));
  EXPECT_EQ(line(gate_subject(tests::sample_evaluation(), {}), read_baseline(file)).substr(0, 4), "PASS");
}

TEST(Baseline, RefusesWhatIsNoReport) {
  const tt::tests::TemporaryDirectory directory;
  const fs::path file = directory.path() / "report.json";
  const auto refusal = [&] { return tt::tests::message_of<UsageError>([&] { (void)read_baseline(file); }); };
  EXPECT_TRUE(holds(refusal(), "report.json"));
  for (const char* text : {"", "{", "[]", "{}", "7"}) {
    write_file(file, text);
    EXPECT_TRUE(holds(refusal(), "expected the report.json of a run")) << text << refusal();
  }
}

}  // namespace
}  // namespace tt::report
