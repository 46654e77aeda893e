#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <string_view>

#include "report/sample_comparison.hpp"
#include "report/sample_report.hpp"
#include "support/messages.hpp"
#include "transfer_tune/render/reports.hpp"

namespace tt::report {
namespace {

using tt::tests::holds;

FeatureMapReport sample_map() {
  FeatureMapReport map;
  map.labels = {0, 0, 1, -1};
  map.before = {.x = {0, 0.5, 1, -1}, .y = {0, 0.1, 0.2, 0.3}, .explained = 0.25, .same_neighbour = 0.5};
  map.after = {.x = {0, 0.2, 1, -1}, .y = {0, 0.1, 0.9, 0.3}, .explained = 0.75, .same_neighbour = 0.75};
  map.changed = true;
  return map;
}

CalibrationReport sample_calibration() {
  CalibrationFigures figures{.ece = 0.05, .brier = 0.2, .log_loss = 0.4, .bins = {}};
  figures.bins = {{.low = 0, .high = 0.5, .count = 0},
                  {.low = 0.5, .high = 1, .count = 4, .confidence = 0.8, .accuracy = 0.75}};
  CalibrationReport report;
  report.temperature = 1.25;
  report.reason = "fitted on held-out texts";
  report.before = figures;
  figures.ece = 0.02;
  report.after = figures;
  return report;
}

OutOfScopeReport sample_scope(const std::string& text) {
  OutOfScopeReport report;
  report.score = evaluation::ScopeScore::energy;
  report.threshold = 2.5;
  report.reason = text;
  report.test_in_scope = 4;
  report.test_out_of_scope = 2;
  report.scores = {
      {.score = evaluation::ScopeScore::energy, .threshold = 2.5, .auroc = 0.9, .out_of_scope_recall = 0.5}};
  report.histogram = {{.low = 0, .high = 2, .in_scope = 1, .out_of_scope = 2}, {.low = 2, .high = 4, .in_scope = 3}};
  report.accepted = {{.text = text, .prediction = text, .score = 3}};
  return report;
}

DataChecksReport sample_checks(const std::string& text) {
  DataChecksReport checks;
  checks.checked_labels = 1000;
  checks.label_errors_found = 112;
  checks.label_errors = {{.file = text, .line = 3, .text = text, .label = text, .suggestion = text}};
  checks.conflicts_found = 1;
  checks.conflicts = {{.text = text, .places = {{.part = "train", .file = text, .line = 1, .label = text}}}};
  checks.indistinct_found = 1;
  checks.indistinct = {{.label = text, .other = text, .texts = {text}, .other_texts = {text}}};
  checks.few_texts_found = 1;
  checks.few_texts = {{.label = text, .texts = 1}};
  checks.uniform_found = 1;
  checks.uniform = {{.label = text, .texts = 5, .similarity = 0.9, .examples = {text}}};
  checks.unlike_found = 1;
  checks.unlike = {{.file = text, .line = 1, .text = text, .label = text, .nearest = text, .nearest_label = text}};
  return checks;
}

/// Every block there is, with `text` wherever data can get in.
RunReport full_run(const std::string& text) {
  RunReport report = tests::sample_run();
  report.target.data.name = text;
  report.target.data.train->path = text;
  report.target.data.warnings = {text};
  report.target.data.validation_reason = text;
  report.target.data.labels = {text, "top_up"};
  report.target.policy.phases[0].train = {text};
  report.source->stage->data.name = text;
  report.source->reused_labels = {text};
  report.source->transferability.emplace();
  report.source->transferability->nearest_labels = {{.label = text, .nearest = {{.label = text, .cosine = 0.5}}}};
  report.output_dir = text;
  report.warnings = {text};
  report.gates = {{.gate = text, .passed = false, .found = text}};
  EvaluationReport& test = *report.target.test;
  test.per_class[0].label = text;
  test.confused_pairs[0].texts = {text};
  test.confused_pairs[0].label = text;
  test.slices[0].column = text;
  test.slices[0].values[0].value = text;
  test.languages->column = text;
  test.languages->by_language[0].language = text;
  report.target.data.languages->column = text;
  report.target.data.languages->counts[0].language = text;
  test.data_path = text;
  report.feature_map = sample_map();
  report.calibration = sample_calibration();
  report.calibration->languages = {{.language = text, .texts = 60}, {.language = "en", .texts = 40}};
  report.out_of_scope = sample_scope(text);
  report.out_of_scope->languages = {{.language = text, .in_scope = 60}, {.language = "en", .in_scope = 40}};
  report.data_checks = sample_checks(text);
  return report;
}

ComparisonReport full_comparison(const std::string& text) {
  ComparisonReport report =
      tests::compared({tests::sample_arm(text, {{0, 10}, {3, 12}}), tests::sample_arm("full", {{0, 40}, {1, 42}}, 90)});
  CurvePointReport point;
  point.arm = text;
  point.shots = 1;
  point.labels = 1;
  point.accuracy = {0.5, 0.1, {0.4, 0.6}};
  report.learning_curve = {point, point, point};
  report.learning_curve[1].shots.reset();
  report.learning_curve[1].labels = evaluation::kUndefined;
  report.learning_curve[2].arm = "full";
  report.baseline_arm = "full";
  SavingReport& saving = report.savings.emplace_back();
  saving.arm = text;
  saving.shots = 1;
  ForecastReport& forecast = report.forecasts.emplace_back();
  forecast.arm = text;
  forecast.measured_labels = 10;
  forecast.curve = {{.labels = 20, .accuracy = 0.85, .ci95 = {0.8, 0.9}, .extrapolated = true}};
  SourceEffectReport& effect = report.source_effects.emplace_back();
  effect.source = effect.with = effect.sentence = text;
  report.failed = {{.arm = text, .directory = text, .reason = text}};
  report.warnings = {text};
  return report;
}

void expect_harmless(const std::string& page) {
  for (const char* part : {"<script", "<img", "<svg/on", "\u202E", "\x1b", "javascript:", "nan\"", "inf\""}) {
    EXPECT_FALSE(holds(page, part));
  }
  EXPECT_TRUE(holds(page, "&lt;/script&gt;&lt;script&gt;"));
  EXPECT_TRUE(holds(page, "[U+202E][U+001B][0m"));
}

TEST(HtmlReports, EscapeEverythingFromData) {
  const std::string hostile = "</script><script>\"><img onerror='x'>\u202E\x1b[0m";
  expect_harmless(to_html(full_run(hostile), hostile));
  expect_harmless(to_html(*full_run(hostile).target.test, {{.gate = hostile, .passed = true, .found = hostile}}));
  expect_harmless(to_html(full_comparison(hostile)));
}

TEST(RunHtml, StartsWithTheResult) {
  const std::string page = to_html(tests::sample_run(), "{}");
  const std::size_t heading = page.find("<h1><bdi>banking</bdi>: 75.0% accuracy</h1>");
  ASSERT_NE(std::string::npos, heading);
  EXPECT_LT(heading, page.find("<nav"));
  EXPECT_TRUE(holds(page, "MiniLM learned 2 labels from 20 texts in 12.2 s and answers 75.0% of 4 texts rightly."));
  EXPECT_TRUE(holds(page, "transfer-tune --config &#39;/runs/retail to banking/config.resolved.json&#39; --overwrite"));
  EXPECT_FALSE(holds(page, "Quality gates")) << "none were asked";
}

TEST(RunHtml, DrawsEveryBlockThereIs) {
  const std::string page = to_html(full_run("intent"), "{\"a\": 1}");
  for (const char* place :
       {"result", "gates", "warnings", "training", "confusions", "intents", "languages", "slices", "calibration",
        "out-of-scope", "map", "suspects", "data", "source", "environment", "reproduce"}) {
    EXPECT_TRUE(holds(page, std::string("<section id=\"") + place + "\">")) << place;
    EXPECT_TRUE(holds(page, std::string("<a href=\"#") + place + "\">")) << place;
  }
  EXPECT_TRUE(holds(page, "1 of 1 quality gate")) << "the verdict stands at the top";
  EXPECT_TRUE(holds(page, "for 50.0% of them before adaptation and for 75.0% after."));
  EXPECT_TRUE(holds(page, "The first 1 of 112 are shown"));
  EXPECT_TRUE(holds(page, "9.5% to 90.5%")) << "Wilson's interval of 1 of 2";
}

TEST(RunHtml, SaysWhenNothingWasTested) {
  RunReport report = tests::sample_run();
  report.cross_validation = report.target.test;
  report.target.test.reset();
  EXPECT_TRUE(holds(to_html(report, ""), "<strong>There is no test file.</strong>"));
  report.cross_validation.reset();
  const std::string page = to_html(report, "");
  EXPECT_TRUE(holds(page, ": adapted, not tested</h1>"));
  EXPECT_FALSE(holds(page, "id=\"confusions\""));
}

TEST(RunHtml, CountsNoHeldOutTextsWhereFoldsWere) {
  RunReport report = tests::sample_run();
  auto& epochs = report.target.training.per_epoch;
  epochs.push_back(epochs.front());
  epochs.back().epoch = 2;
  const std::string folds = to_html(report, "");
  EXPECT_TRUE(holds(folds,
                    "Scores on the training texts in 5 folds, each answered by a model that had not seen it; "
                    "best epoch: 2."));
  EXPECT_FALSE(holds(folds, " 0 texts"));
  report.target.data.validation_strategy = Validation::split;
  report.target.data.validation_examples = 120;
  EXPECT_TRUE(holds(to_html(report, ""), "Scores on the 120 texts held out of the training file; best epoch: 2."));
  report.target.data.validation_strategy = Validation::given;
  EXPECT_TRUE(holds(to_html(report, ""), "Scores on the 120 texts of the validation file; best epoch: 2."));
}

TEST(EvaluationHtml, IsThereWithoutTexts) {
  EXPECT_TRUE(holds(to_html(EvaluationReport{}), "<h1>Evaluation: no texts</h1>"));
  EXPECT_TRUE(holds(to_html(tests::sample_evaluation()), "<h1>Evaluation: 75.0% accuracy</h1>"));
}

TEST(EvaluationHtml, TakesManyLabelsAndOne) {
  for (const std::size_t count : {std::size_t{1}, std::size_t{500}}) {
    EvaluationReport report;
    report.examples = static_cast<std::int64_t>(count);
    report.accuracy = 1;
    report.confusion.assign(count, std::vector<std::int64_t>(count, 0));
    for (std::size_t i = 0; i < count; ++i) {
      report.per_class.push_back({.label = concat("label_", i), .recall = 1, .support = 1, .predicted = 1});
      report.confusion[i][(i + 1) % count] = 1;
    }
    report.confused_pairs = {{.label = "label_0", .prediction = "label_1", .count = 1, .share = 1, .texts = {"t"}}};
    const std::string page = to_html(report);
    EXPECT_TRUE(holds(page, ">label_<wbr/>0</bdi>")) << count;
    EXPECT_FALSE(holds(page, "\"nan\"")) << count;
  }
}

TEST(ComparisonHtml, StartsWithTheVerdict) {
  const ComparisonReport report = full_comparison("frozen");
  const std::string page = to_html(report);
  EXPECT_TRUE(holds(page, "<h1>Ship <bdi>frozen</bdi></h1>"));
  for (const char* place : {"learning-curves", "savings", "source", "arms", "pairs", "failed", "runs", "method"}) {
    EXPECT_TRUE(holds(page, std::string("<section id=\"") + place + "\">")) << place;
  }
  EXPECT_LT(page.find("id=\"learning-curves\""), page.find("id=\"arms\"")) << "what transfer learning is for";
  EXPECT_TRUE(holds(page, "class=\"line dashed s0\"")) << "the forecast";
  EXPECT_TRUE(holds(page, "saved beside <bdi>full</bdi>"));
}

TEST(ComparisonHtml, SaysWhenTheTextsDoNot) {
  ComparisonReport report =
      tests::compared({tests::sample_arm("frozen", {{0, 1, 3}}), tests::sample_arm("full", {{1, 1, 3}})});
  EXPECT_FALSE(report.recommended);
  EXPECT_TRUE(holds(to_html(report), "<h1>The texts do not say which to ship</h1>"));
}

}  // namespace
}  // namespace tt::report
