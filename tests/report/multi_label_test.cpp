#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "report/sample_report.hpp"
#include "support/messages.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/judge/decision.hpp"
#include "transfer_tune/record/finished_run.hpp"
#include "transfer_tune/record/predictions.hpp"
#include "transfer_tune/render/model_card.hpp"
#include "transfer_tune/render/reports.hpp"

namespace tt::report {
namespace {

using tt::tests::holds;

const std::vector<std::string> kLabels{"<b>a|b</b>", "plain"};

/// Three texts: both labels, none, the second.
evaluation::MultiLabelScores sets() {
  return {.num_labels = 2, .truths = {1, 1, 0, 0, 0, 1}, .probabilities = {0.9, 0.6, 0.2, 0.3, 0.1, 0.8}};
}

RunReport run_of_sets() {
  RunReport run = tests::sample_run();
  EvaluationContext context;
  context.labels = kLabels;
  context.texts = {"x", "y", "z"};
  context.bootstrap_samples = 100;
  run.target.test = make_evaluation_report(sets(), {0.5, 0.7}, context);
  run.thresholds = choose_thresholds(sets(), kLabels, HeldOutSource::validation_split, true);
  return run;
}

TEST(MultiLabelReport, HoldsFiguresOfSets) {
  const EvaluationReport figures = run_of_sets().target.test.value();
  EXPECT_DOUBLE_EQ(figures.accuracy, 2.0 / 3);
  EXPECT_DOUBLE_EQ(figures.micro.f1, 4.0 / 5);
  EXPECT_DOUBLE_EQ(figures.multi_label->labels_per_text, 1);
  EXPECT_DOUBLE_EQ(figures.multi_label->given_per_text, 2.0 / 3);
  EXPECT_EQ(figures.multi_label->per_label[1].threshold, 0.7);
  EXPECT_TRUE(figures.confusion.empty());
}

TEST(MultiLabelReport, EscapesLabelsEverywhere) {
  const RunReport run = run_of_sets();
  const std::string markdown = to_markdown(run);
  EXPECT_TRUE(holds(markdown, "micro F1 0.800"));
  EXPECT_TRUE(holds(markdown, "&lt;b&gt;a\\|b&lt;/b&gt;"));
  EXPECT_TRUE(holds(markdown, "2 texts held out") || holds(markdown, "3 texts held out"));
  EXPECT_FALSE(holds(markdown, "Confusions"));
  const std::string page = to_html(run, "{}");
  EXPECT_TRUE(holds(page, "&lt;b&gt;a|b&lt;/"));
  EXPECT_FALSE(holds(page, "<b>a|b"));
  EXPECT_TRUE(holds(model_card(run), "any number of the labels"));
}

TEST(MultiLabelReport, AnswersOfSetsAreWrittenAndRead) {
  const std::vector<double> probabilities{0.4, 0.8};
  const std::vector<double> thresholds{0.3, 0.5};
  const std::vector<std::string> truth{"plain", "<b>a|b</b>"};
  PredictionRecord record;
  record.index = 4;
  record.probabilities = probabilities;
  record.thresholds = thresholds;
  record.label_set = truth;
  record.data_sha256 = "12";
  const std::string line = prediction_line(record, kLabels);
  EXPECT_TRUE(holds(line, R"("labels":["plain","<b>a|b</b>"],"predictions":[{"label":"plain","probability":0.8},)"));
  const Answers answers = read_answers(line);
  EXPECT_EQ(answers.correct, (std::vector<std::uint8_t>{1}));
  EXPECT_EQ(answers.labels.front(), as_one_label(truth));
}

TEST(MultiLabelReport, ThresholdsSurviveTheCheckpoint) {
  Decision decision;
  EXPECT_FALSE(holds(to_json(decision), "thresholds"));
  decision.thresholds = {0.25, 0.5};
  EXPECT_EQ(read_decision(to_json(decision)).thresholds, decision.thresholds);
  decision.thresholds = {1.5};
  EXPECT_THROW((void)read_decision(to_json(decision)), CheckpointError);
}

TEST(MultiLabelReport, OneTemperatureCalibratesAllDecisions) {
  // Twice as sure as it should be: right in as many decisions as the half of its logits says.
  std::vector<float> logits;
  std::vector<float> truths;
  for (int i = 0; i < 1000; ++i) {
    logits.push_back(2 * 1.3862944F);  // ln 4: right in 80%
    truths.push_back(i % 5 != 0 ? 1 : 0);
  }
  const CalibrationReport report = choose_temperature(logits, truths, 2, HeldOutSource::validation_split, false);
  EXPECT_NEAR(report.temperature, 2, 1e-3);
  EXPECT_EQ(report.texts, 500);
}

}  // namespace
}  // namespace tt::report
