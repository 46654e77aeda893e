#pragma once

#include <array>
#include <string_view>

#include "record/fields/environment.hpp"
#include "record/fields/gates.hpp"
#include "transfer_tune/record/comparison_report.hpp"

namespace tt::report {

/// In the order of the enumerators of `PairOutcome`.
inline constexpr std::array<std::string_view, 5> kPairOutcomeNames{"a_better", "b_better", "undecided", "too_few",
                                                                   "not_comparable"};
constexpr const auto& names_of(PairOutcome /*tag*/) { return kPairOutcomeNames; }

inline constexpr std::array<std::string_view, 2> kLanguageGroupNames{"zero_shot", "trained"};
constexpr const auto& names_of(LanguageGroup /*tag*/) { return kLanguageGroupNames; }

/// In the order of the enumerators of `Reach`.
inline constexpr std::array<std::string_view, 3> kReachNames{"measured", "at_most", "more_than"};
constexpr const auto& names_of(evaluation::Reach /*tag*/) { return kReachNames; }

void fields(auto& visit, Like<SeedFigures> auto& r) {
  visit("mean", r.mean, "over the arm's seeds");
  visit("sd", r.sd, "sample standard deviation over seeds; null with one seed, which says nothing of the variance");
  visit("per_seed", r.per_seed, "in the order of the arm's runs");
}

void fields(auto& visit, Like<CostReport> auto& r) {
  visit("train_seconds", r.train_seconds,
        "of training, source stage and choice of settings included, as if nothing had been kept by earlier runs; mean "
        "over "
        "runs");
  visit("total_seconds", r.total_seconds, "of the whole run; mean over runs");
  visit("peak_rss_bytes", r.peak_rss_bytes, "largest resident memory of any run");
  visit("trainable_parameters", r.trainable_parameters, "trained in any phase");
  visit("checkpoint_bytes", r.checkpoint_bytes, "files of the largest checkpoint; null: none is there");
  visit("latency", r.latency, "of predictions, means over runs; null: not measured");
}

void fields(auto& visit, Like<ArmRunReport> auto& r) {
  visit("directory", r.directory, "as it was named");
  visit("seed", r.seed, "of the run");
}

void fields(auto& visit, Like<ArmLanguagesReport> auto& r) {
  visit("trained_on", r.trained_on, "of the measured texts' languages, those that training texts are of too");
  visit("not_trained_on", r.not_trained_on, "the others");
  visit("mean", r.mean, "accuracy, mean over all languages");
  visit("trained", r.trained, "mean over those trained on; null: there are none");
  visit("zero_shot", r.zero_shot, "mean over the others; null: there are none");
}

void fields(auto& visit, Like<ArmReport> auto& r) {
  visit("name", r.name, "of the arm: one way of training, under one or several seeds");
  visit("policy", r.policy, "freezing policy of its first run");
  visit("runs", r.runs, "its usable runs, one a seed");
  visit("data_sha256", r.data_sha256, "of the file that it was measured on");
  visit("texts", r.texts, "measured on, in each run");
  visit("cross_validated", r.cross_validated, "the figures are out of fold, not on a test file");
  visit("accuracy", r.accuracy, "share of texts answered rightly");
  visit("macro_f1", r.macro_f1, "mean over labels");
  visit("micro_f1", r.micro_f1, "over all texts and labels; null: texts have one label each, and it is the accuracy",
        Since{2});
  visit("languages", r.languages, "means over languages; null: no column says them", Since{3});
  visit("cost", r.cost, "what it took");
}

void fields(auto& visit, Like<RunTestReport> auto& r) {
  visit("seed_a", r.seed_a, "of the run of a");
  visit("seed_b", r.seed_b, "of the run of b");
  visit("only_a", r.only_a, "texts that a alone answered rightly");
  visit("only_b", r.only_b, "texts that b alone answered rightly");
  visit("p", r.p, "exact two-sided McNemar test, uncorrected; null where too few texts differ");
}

void fields(auto& visit, Like<PairReport> auto& r) {
  visit("a", r.a, "an arm");
  visit("b", r.b, "another");
  visit("difference", r.difference, "accuracy of a less that of b, means over seeds");
  visit("ci95", r.ci95,
        "95% interval of the difference: paired, a bootstrap over texts and seeds; else Newcombe's; null where too few "
        "texts differ");
  visit("p_mcnemar", r.p_mcnemar,
        "largest of the tests' p, 1 where they lean to different sides; null: not paired, or too few texts differ");
  visit("p_holm", r.p_holm, "p_mcnemar by Holm's correction over all paired pairs");
  visit("paired", r.paired, "compared text by text");
  visit("outcome", r.outcome, "a or b is better, or why that cannot be said");
  visit("reason", r.reason, "what the outcome rests on");
  visit("tests", r.tests, "McNemar's test seed by seed, never pooled; empty: not paired");
}

void fields(auto& visit, Like<LanguagePairReport> auto& r) {
  visit("group", r.group, "zero_shot: languages that a or b had no training texts of; trained: that both had");
  visit("languages", r.languages, "each counting the same");
  visit("texts", r.texts, "in them");
  visit("pair", r.pair, "a and b on these texts; p_holm is corrected over all such pairs and groups");
}

void fields(auto& visit, Like<CurvePointReport> auto& r) {
  visit("arm", r.arm, "its name");
  visit("shots", r.shots, "training texts per label; null: all there are");
  visit("labels", r.labels, "training texts per label, the mean over labels and seeds; null: unknown");
  visit("accuracy", r.accuracy, "share of test texts answered rightly");
  visit("train_seconds", r.train_seconds, "of training");
}

void fields(auto& visit, Like<SavingReport> auto& r) {
  visit("arm", r.arm, "its name");
  visit("shots", r.shots, "training texts per label; null: all there are");
  visit("accuracy", r.accuracy, "of the arm there: what is to be matched");
  visit("labels", r.labels, "per intent, that the arm had");
  visit("needed_labels", r.needed_labels, "per intent, that the baseline arm needs to match it, by its curve in log k");
  visit("needed_labels_ci95", r.needed_labels_ci95,
        "bootstrap 95% interval over seeds; null at an end that was not measured, and with one seed");
  visit("labels_saved", r.labels_saved, "needed_labels less labels");
  visit("seconds", r.seconds, "of training, that the arm took");
  visit("needed_seconds", r.needed_seconds, "of training, that the baseline arm takes on needed_labels");
  visit("time_saved", r.time_saved, "needed_seconds less seconds");
  visit("reach", r.reach, "whether the baseline arm's figures were measured, or are bounds: at_most, more_than");
}

void fields(auto& visit, Like<ForecastPointReport> auto& r) {
  visit("labels", r.labels, "per intent");
  visit("accuracy", r.accuracy, "by the fitted law");
  visit("ci95", r.ci95, "bootstrap 95% interval");
  visit("extrapolated", r.extrapolated, "beyond what was measured");
}

void fields(auto& visit, Like<ForecastCheckReport> auto& r) {
  visit("labels", r.labels, "per intent, of the last point");
  visit("forecast", r.forecast, "accuracy that the points before it foretell");
  visit("ci95", r.ci95, "bootstrap 95% interval of the forecast");
  visit("measured", r.measured, "accuracy there");
}

void fields(auto& visit, Like<ForecastReport> auto& r) {
  visit("arm", r.arm, "its name");
  visit("points", r.points, "of the learning curve, that the law was fitted to");
  visit("a", r.a, "of error = a labels^-b + c");
  visit("b", r.b, "of the law");
  visit("c", r.c, "of the law: an error that stays; 0 by assumption with three points");
  visit("target_accuracy", r.target_accuracy, "that the forecast is for");
  visit("labels", r.labels, "per intent, for that accuracy; null: the law never gets there");
  visit("labels_ci95", r.labels_ci95, "bootstrap 95% interval; null at an end: no such number");
  visit("extrapolated", r.extrapolated, "the number lies beyond what was measured");
  visit("measured_labels", r.measured_labels, "per intent, the most measured");
  visit("curve", r.curve, "the law from the fewest measured labels on");
  visit("check", r.check, "the last point, foretold by those before it; null: too few points");
}

void fields(auto& visit, Like<SourceEffectReport> auto& r) {
  visit("source", r.source, "name of the source domain");
  visit("with", r.with, "the arm that has the source stage");
  visit("without", r.without, "the arm that differs by lacking it");
  visit("shots", r.shots, "training texts per label; null: all there are");
  visit("difference", r.difference, "accuracy with less that without, means over seeds");
  visit("ci95", r.ci95, "95% interval of the difference; null where too few texts differ");
  visit("p_holm", r.p_holm, "of the pair, Holm-corrected over all pairs at this number of texts");
  visit("helped", r.helped, "significantly better with the source");
  visit("hurt", r.hurt, "significantly worse with the source: negative transfer");
  visit("sentence", r.sentence, "in plain words");
}

void fields(auto& visit, Like<FailedRunReport> auto& r) {
  visit("arm", r.arm, "that it was to be part of");
  visit("directory", r.directory, "as it was named");
  visit("reason", r.reason, "why it was left out");
}

void fields(auto& visit, Like<ComparisonReport> auto& r) {
  visit("schema_version", kComparisonSchemaVersion, "of this file's layout");
  visit("arms", r.arms, "in the order given");
  visit("pairs", r.pairs, "every arm against every later one");
  visit("language_pairs", r.language_pairs, "by the languages that arms were trained on; empty: no column says them",
        Since{3});
  visit("learning_curve", r.learning_curve,
        "every arm at every number of training texts, the fewest first; empty: there was one number only");
  visit("baseline_arm", r.baseline_arm, "the arm without transfer; null: none could be told");
  visit("savings", r.savings, "what every other arm saves beside it, at every number of texts");
  visit("forecasts", r.forecasts, "labels per intent for a wanted accuracy, one an arm with three points or more");
  visit("source_effects", r.source_effects, "of arms that differ by their source stage alone");
  visit("verdict", r.verdict, "in plain words");
  visit("recommended", r.recommended, "the arm to ship; null: the texts do not say");
  visit("failed", r.failed, "run directories that were left out");
  visit("warnings", r.warnings, "what a person should look at");
  visit("gates", r.gates, "quality gates in the order asked; empty: none were");
  visit("bootstrap_samples", r.bootstrap_samples, "resamples behind each paired interval");
  visit("seed", r.seed, "of the resamples");
}

}  // namespace tt::report
