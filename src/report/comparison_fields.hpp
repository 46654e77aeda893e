#pragma once

#include <array>
#include <string_view>

#include "report/fields.hpp"
#include "transfer_tune/report/comparison_report.hpp"

// Every field of compare.json, once, as fields.hpp does for report.json.

namespace tt::report {

/// In the order of the enumerators of `PairOutcome`.
inline constexpr std::array<std::string_view, 5> kPairOutcomeNames{"a_better", "b_better", "undecided", "too_few",
                                                                   "not_comparable"};
constexpr const auto& names_of(PairOutcome /*tag*/) { return kPairOutcomeNames; }

void fields(auto& visit, Like<SeedFigures> auto& r) {
  visit("mean", r.mean, "over the arm's seeds");
  visit("sd", r.sd, "sample standard deviation over seeds; null with one seed, which says nothing of the variance");
  visit("per_seed", r.per_seed, "in the order of the arm's runs");
}

void fields(auto& visit, Like<CostReport> auto& r) {
  visit("train_seconds", r.train_seconds, "of training, choice of settings included; mean over runs");
  visit("total_seconds", r.total_seconds, "of the whole run; mean over runs");
  visit("peak_rss_bytes", r.peak_rss_bytes, "largest resident memory of any run");
  visit("trainable_parameters", r.trainable_parameters, "trained in any phase");
  visit("checkpoint_bytes", r.checkpoint_bytes, "files of the largest checkpoint; null: none is there");
}

void fields(auto& visit, Like<ArmRunReport> auto& r) {
  visit("directory", r.directory, "as it was named");
  visit("seed", r.seed, "of the run");
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

void fields(auto& visit, Like<CurvePointReport> auto& r) {
  visit("arm", r.arm, "its name");
  visit("shots", r.shots, "training texts per label; null: all there are");
  visit("accuracy", r.accuracy, "share of test texts answered rightly");
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
  visit("learning_curve", r.learning_curve,
        "every arm at every number of training texts, the fewest first; empty: there was one number only");
  visit("verdict", r.verdict, "in plain words");
  visit("recommended", r.recommended, "the arm to ship; null: the texts do not say");
  visit("failed", r.failed, "run directories that were left out");
  visit("warnings", r.warnings, "what a person should look at");
  visit("bootstrap_samples", r.bootstrap_samples, "resamples behind each paired interval");
  visit("seed", r.seed, "of the resamples");
}

}  // namespace tt::report
