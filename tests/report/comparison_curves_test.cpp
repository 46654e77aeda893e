#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "report/sample_comparison.hpp"
#include "support/messages.hpp"
#include "transfer_tune/record/comparison_report.hpp"
#include "transfer_tune/render/reports.hpp"

namespace tt::report {
namespace {

using Json = nlohmann::json;
using tt::tests::holds;

/// The arm on `labels` texts per label: one run a seed, right on so many of 200 texts.
ComparedArm arm_at(const std::string& name, std::int64_t labels, const std::vector<std::size_t>& right) {
  std::vector<tests::Errors> errors;
  errors.reserve(right.size());
  for (const std::size_t count : right) errors.push_back({0, 200 - count});
  ComparedArm arm = tests::sample_arm(name, errors, 10 * static_cast<double>(labels));
  for (FinishedRun& run : arm.runs) run.summary.texts_per_label = static_cast<double>(labels);
  return arm;
}

/// `tuned` reaches with 2 labels what `scratch` does between 8 and 32, and in the end what `scratch` never does.
ComparisonReport sample(const CurveOptions& options = {}, bool named_by_weights = true) {
  std::vector<CurvePointReport> curve;
  std::vector<ComparedArm> arms;
  const auto add = [&](std::int64_t labels, const std::vector<std::size_t>& tuned,
                       const std::vector<std::size_t>& scratch) {
    arms = {arm_at("tuned", labels, tuned), arm_at("scratch", labels, scratch)};
    for (FinishedRun& run : arms[1].runs) run.summary.random_weights = named_by_weights;
    for (const ComparedArm& arm : arms) curve.push_back(curve_point(arm, labels == 32 ? 0 : labels));
  };
  add(2, {98, 102}, {19, 21});
  add(8, {138, 142}, {59, 61});
  add(32, {178, 182}, {138, 142});
  ComparisonReport report = make_comparison(arms, {}, {.bootstrap_samples = 500, .seed = 7});
  report.learning_curve = std::move(curve);
  add_curve_findings(report, arms, options);
  return report;
}

TEST(ComparisonCurves, CountLabelsAndTimeSavedBesideRandomWeights) {
  const ComparisonReport report = sample();
  EXPECT_EQ("scratch", report.baseline_arm);
  ASSERT_EQ(3U, report.savings.size());
  const SavingReport& with_two = report.savings[0];
  EXPECT_EQ("tuned", with_two.arm);
  EXPECT_EQ(2, with_two.shots);
  EXPECT_DOUBLE_EQ(0.5, with_two.accuracy);
  EXPECT_EQ(Reach::measured, with_two.reach);
  EXPECT_NEAR(16, with_two.needed_labels, 1e-9);  // halfway from 0.3 at 8 to 0.7 at 32
  EXPECT_NEAR(14, with_two.labels_saved, 1e-9);
  EXPECT_DOUBLE_EQ(20, with_two.seconds);
  EXPECT_NEAR(200, with_two.needed_seconds, 1e-9);
  EXPECT_NEAR(180, with_two.time_saved, 1e-9);
  EXPECT_LT(with_two.needed_labels_ci95.low, 16);
  EXPECT_GT(with_two.needed_labels_ci95.high, 16);
  EXPECT_NEAR(32, report.savings[1].needed_labels, 1e-9);
  const SavingReport& with_all = report.savings[2];
  EXPECT_FALSE(with_all.shots.has_value());
  EXPECT_EQ(Reach::more_than, with_all.reach);
  EXPECT_DOUBLE_EQ(32, with_all.needed_labels);
  EXPECT_TRUE(std::isnan(with_all.needed_labels_ci95.high));
}

TEST(ComparisonCurves, ABaselineArmCanBeNamed) {
  EXPECT_EQ("tuned", sample({.baseline_arm = "tuned", .target_accuracy = {}}).baseline_arm);
  const ComparisonReport turned = sample({.baseline_arm = "tuned", .target_accuracy = {}});
  EXPECT_EQ("scratch", turned.savings[0].arm);
  EXPECT_EQ(Reach::at_most, turned.savings[0].reach);
  const ComparisonReport none = sample({}, false);
  EXPECT_FALSE(none.baseline_arm.has_value());
  EXPECT_TRUE(none.savings.empty());
  EXPECT_EQ(2U, none.forecasts.size());
}

TEST(ComparisonCurves, OfTwoArmsWithAndWithoutASourceTheOneWithoutIsTheBaseline) {
  std::vector<ComparedArm> arms{arm_at("retail", 8, {140, 150}), arm_at("alone", 8, {120, 130})};
  for (FinishedRun& run : arms[0].runs) run.settings = RunSettings{"retail", "{}", "rest"};
  for (FinishedRun& run : arms[1].runs) run.settings = RunSettings{"", "", "something else"};
  ComparisonReport report = make_comparison(arms, {}, {.bootstrap_samples = 100, .seed = 7});
  for (const ComparedArm& arm : arms) report.learning_curve.push_back(curve_point(arm, 8));
  add_curve_findings(report, arms, {});
  EXPECT_EQ("alone", report.baseline_arm);
}

TEST(ComparisonCurves, ForecastLabelsForAnAccuracy) {
  const ComparisonReport report = sample({.baseline_arm = {}, .target_accuracy = 0.95});
  ASSERT_EQ(2U, report.forecasts.size());
  const ForecastReport& tuned = report.forecasts[0];
  EXPECT_EQ("tuned", tuned.arm);
  EXPECT_EQ(3, tuned.points);
  EXPECT_EQ(0, tuned.c) << "three points say nothing of a floor";
  EXPECT_DOUBLE_EQ(0.95, tuned.target_accuracy);
  EXPECT_TRUE(tuned.extrapolated);
  EXPECT_DOUBLE_EQ(32, tuned.measured_labels);
  EXPECT_NEAR(0.05, tuned.a * std::pow(tuned.labels, -tuned.b), 1e-9);
  EXPECT_GT(tuned.labels, 32);
  EXPECT_LT(tuned.labels_ci95.low, tuned.labels);
  EXPECT_GT(tuned.labels_ci95.high, tuned.labels);
  EXPECT_FALSE(tuned.check.has_value()) << "two points foretell nothing";
  ASSERT_GE(tuned.curve.size(), 10U);
  EXPECT_DOUBLE_EQ(2, tuned.curve.front().labels);
  EXPECT_FALSE(tuned.curve.front().extrapolated);
  EXPECT_GE(tuned.curve.back().labels, 128);
  EXPECT_TRUE(tuned.curve.back().extrapolated);
  EXPECT_FALSE(sample({.baseline_arm = {}, .target_accuracy = 0.85}).forecasts[0].extrapolated);
}

TEST(ComparisonCurves, ForecastHalvesTheErrorsWhereNothingElseIsAsked) {
  const ComparisonReport report = sample();
  EXPECT_DOUBLE_EQ(0.95, report.forecasts[0].target_accuracy);
  EXPECT_DOUBLE_EQ(0.95, report.forecasts[1].target_accuracy);
}

TEST(ComparisonCurves, AFlatCurveIsOutOfReach) {
  ComparisonReport report = sample();
  for (CurvePointReport& point : report.learning_curve) point.accuracy.per_seed = {0.6, 0.6};
  report.forecasts.clear();
  report.savings.clear();
  add_curve_findings(report, {}, {.baseline_arm = {}, .target_accuracy = 0.9});
  EXPECT_TRUE(std::isnan(report.forecasts[0].labels));
  EXPECT_TRUE(std::isnan(report.forecasts[0].labels_ci95.high));
  EXPECT_TRUE(holds(to_text(report), "out of reach by this law"));
}

TEST(ComparisonCurves, CheckAForecastOnItsLastPoint) {
  ComparisonReport report = sample();
  for (const double labels : {64.0, 128.0}) {
    report.learning_curve.push_back({.arm = "tuned",
                                     .shots = {},
                                     .labels = labels,
                                     .accuracy = {.mean = 0.94, .sd = 0.01, .per_seed = {0.93, 0.95}},
                                     .train_seconds = {}});
  }
  report.forecasts.clear();
  add_curve_findings(report, {}, {});
  const auto& check = report.forecasts[0].check;
  ASSERT_TRUE(check.has_value());
  EXPECT_DOUBLE_EQ(128, check->labels);
  EXPECT_DOUBLE_EQ(0.94, check->measured);
  EXPECT_GT(check->forecast, 0.9);
  EXPECT_LT(check->ci95.low, check->forecast);
}

TEST(ComparisonCurves, AreTold) {
  const ComparisonReport report = sample();
  const Json json = Json::parse(to_json(report));
  EXPECT_EQ("scratch", json.at("baseline_arm"));
  EXPECT_EQ("more_than", json.at("/savings/2/reach"_json_pointer));
  EXPECT_EQ(2, json.at("/learning_curve/0/labels"_json_pointer));
  EXPECT_EQ(20, json.at("/learning_curve/0/train_seconds/mean"_json_pointer));
  EXPECT_TRUE(json.at("/savings/2/needed_labels_ci95/1"_json_pointer).is_null());
  const std::string markdown = to_markdown(report);
  EXPECT_TRUE(holds(markdown, "## Labels and time saved beside scratch\n"));
  EXPECT_TRUE(holds(markdown, "| tuned | 2 | 50.0% | 16 | "));
  EXPECT_TRUE(holds(markdown, "| 14 | 20.0 s | 3 min 20 s | 3 min 00 s |"));
  EXPECT_TRUE(holds(markdown, "| more than 32 | "));
  EXPECT_TRUE(holds(markdown, "## Forecast\n"));
  EXPECT_TRUE(holds(markdown, "extrapolated: measured up to 32"));
  EXPECT_TRUE(holds(to_text(report), "scratch needs"));
}

ComparedArm with_source(ComparedArm arm, const std::string& source, const std::string& others = "rest") {
  for (FinishedRun& run : arm.runs) {
    run.settings = RunSettings{source, source.empty() ? "" : "{\"name\": \"" + source + "\"}", others};
  }
  return arm;
}

std::vector<SourceEffectReport> effects_of(const std::vector<ComparedArm>& arms) {
  return source_effects(tests::compared(arms), arms);
}

TEST(SourceEffects, SayThatASourceHelpsOrHurts) {
  const ComparedArm alone = with_source(tests::sample_arm("alone", {{0, 40}, {0, 44}}), "");
  const ComparedArm better = with_source(tests::sample_arm("better", {{0, 10}, {0, 12}}), "retail");
  const ComparedArm worse = with_source(tests::sample_arm("worse", {{0, 80}, {0, 84}}), "travel");
  const std::vector<SourceEffectReport> effects = effects_of({better, alone, worse});
  ASSERT_EQ(2U, effects.size());
  EXPECT_EQ("better", effects[0].with);
  EXPECT_EQ("alone", effects[0].without);
  EXPECT_TRUE(effects[0].helped);
  EXPECT_FALSE(effects[0].hurt);
  EXPECT_NEAR(0.155, effects[0].difference, 1e-12);
  EXPECT_TRUE(holds(effects[0].sentence, "With all texts, the source retail helps: better is 15.5 points more (95% "));
  EXPECT_EQ("worse", effects[1].with);
  EXPECT_TRUE(effects[1].hurt);
  EXPECT_NEAR(-0.2, effects[1].difference, 1e-12);
  EXPECT_LT(effects[1].ci95.high, 0);
  EXPECT_TRUE(
      holds(effects[1].sentence, "the source travel hurts (negative transfer): worse is 20.0 points less (95% -"));
  ComparisonReport report = tests::compared({better, alone, worse});
  add_source_effects(report, effects);
  ASSERT_EQ(1U, report.warnings.size());
  EXPECT_EQ(effects[1].sentence, report.warnings[0]);
  EXPECT_TRUE(holds(to_markdown(report), "## What the source did\n\n- With all texts, the source retail helps"));
}

TEST(SourceEffects, ClaimNothingThatTheTextsDoNotSay) {
  const ComparedArm alone = with_source(tests::sample_arm("alone", {{0, 40}, {0, 44}}), "");
  const ComparedArm similar = with_source(tests::sample_arm("similar", {{20, 42}, {25, 43}}), "retail");
  const auto undecided = effects_of({similar, alone});
  ASSERT_EQ(1U, undecided.size());
  EXPECT_FALSE(undecided[0].helped || undecided[0].hurt);
  EXPECT_TRUE(holds(undecided[0].sentence, "no effect of the source retail can be told"));
  const auto too_few = effects_of({with_source(tests::sample_arm("tiny", {{0, 3, 3}}), ""),
                                   with_source(tests::sample_arm("other", {{0, 0, 3}}), "retail")});
  EXPECT_FALSE(too_few[0].helped || too_few[0].hurt);
  EXPECT_TRUE(holds(too_few[0].sentence, "nothing can be told of the source retail"));
}

TEST(SourceEffects, OfOneSeedAreAboutTheModelsAlone) {
  const auto effects = effects_of({with_source(tests::sample_arm("alone", {{0, 40}}), ""),
                                   with_source(tests::sample_arm("better", {{0, 10}}), "retail")});
  EXPECT_TRUE(effects[0].helped);
  EXPECT_TRUE(holds(effects[0].sentence, "One seed: this is about these trained models alone."));
}

TEST(SourceEffects, NeedArmsThatDifferByTheSourceAlone) {
  const ComparedArm alone = with_source(tests::sample_arm("alone", {{0, 40}}), "");
  EXPECT_TRUE(effects_of({alone, with_source(tests::sample_arm("b", {{0, 10}}), "retail", "another policy")}).empty());
  EXPECT_TRUE(effects_of({with_source(tests::sample_arm("a", {{0, 40}}), "travel"),
                          with_source(tests::sample_arm("b", {{0, 10}}), "retail")})
                  .empty());
  EXPECT_TRUE(effects_of({alone, tests::sample_arm("unknown", {{0, 10}})}).empty());
}

}  // namespace
}  // namespace tt::report
