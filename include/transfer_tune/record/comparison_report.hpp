#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "transfer_tune/evaluation/bootstrap.hpp"
#include "transfer_tune/evaluation/metrics.hpp"
#include "transfer_tune/record/gate_report.hpp"
#include "transfer_tune/record/latency_report.hpp"
#include "transfer_tune/record/learning_curve_report.hpp"

// Several ways of training ("arms", each under one or several seeds) side by side, as plain structs: the source of
// compare.json, compare.md and compare.html. NaN stands for "unknown" or "undefined" and is null in JSON.
// src/record/fields/comparison.hpp names every JSON field once.

namespace tt::report {

inline constexpr std::int64_t kComparisonSchemaVersion = 3;

/// A figure of an arm over its seeds.
struct SeedFigures {
  double mean = evaluation::kUndefined;
  double sd = evaluation::kUndefined;  ///< sample standard deviation; undefined with one seed
  std::vector<double> per_seed;        ///< in the order of the arm's runs
};

/// What an arm took: means over its runs of times, the largest of its runs' sizes.
struct CostReport {
  double train_seconds = evaluation::kUndefined;
  double total_seconds = evaluation::kUndefined;  ///< start to report
  std::int64_t peak_rss_bytes = 0;
  std::int64_t trainable_parameters = 0;
  std::optional<std::int64_t> checkpoint_bytes;  ///< files under checkpoint/
  std::optional<LatencyReport> latency{};        ///< means over the runs that measured it
};

struct ArmRunReport {
  std::string directory;
  std::uint64_t seed = 0;
};

/// Means over languages, each counting the same.
struct ArmLanguagesReport {
  std::vector<std::string> trained_on;      ///< of the measured texts' languages, those of training texts too
  std::vector<std::string> not_trained_on;  ///< the others
  SeedFigures mean;                         ///< accuracy, over all
  std::optional<SeedFigures> trained;       ///< over the former; absent: there are none
  std::optional<SeedFigures> zero_shot;     ///< over the latter; likewise
};

struct ArmReport {
  std::string name;
  std::string policy;  ///< of its first run
  std::vector<ArmRunReport> runs;
  std::string data_sha256;       ///< of the file that it was measured on
  std::int64_t texts = 0;        ///< measured on, the same in every run
  bool cross_validated = false;  ///< the figures are out of fold, not on a test file
  SeedFigures accuracy, macro_f1;
  std::optional<SeedFigures> micro_f1{};          ///< absent: texts have one label each, and it is the accuracy
  std::optional<ArmLanguagesReport> languages{};  ///< absent: no column says them
  CostReport cost;
};

/// McNemar's test of one run of each arm.
struct RunTestReport {
  std::uint64_t seed_a = 0;
  std::uint64_t seed_b = 0;
  std::int64_t only_a = 0;  ///< texts that a alone answered rightly
  std::int64_t only_b = 0;
  double p = evaluation::kUndefined;  ///< exact, two-sided, uncorrected
};

enum class PairOutcome {
  a_better,
  b_better,
  undecided,
  too_few,        ///< too few texts tell the arms apart for any claim
  not_comparable  ///< measured on different texts
};

struct PairReport {
  std::string a, b;                            ///< names of arms
  double difference = evaluation::kUndefined;  ///< accuracy of a less that of b
  evaluation::Interval ci95;                   ///< of the difference
  double p_mcnemar = evaluation::kUndefined;   ///< the largest of the seeds'; 1 if they lean to different sides
  double p_holm = evaluation::kUndefined;      ///< corrected for all paired pairs
  bool paired = false;                         ///< compared text by text
  PairOutcome outcome = PairOutcome::undecided;
  std::string reason;                ///< what the outcome rests on
  std::vector<RunTestReport> tests;  ///< empty: not paired
};

enum class LanguageGroup {
  zero_shot,  ///< languages that one arm of a pair, or both, had no training texts of
  trained     ///< languages that both had
};

/// Two arms on the texts of some languages, each of these counting the same.
struct LanguagePairReport {
  LanguageGroup group{};
  std::vector<std::string> languages;
  std::int64_t texts = 0;
  PairReport pair;
};

/// A run directory that was left out.
struct FailedRunReport {
  std::string arm;
  std::string directory;
  std::string reason;
};

/// An arm's figure at one number of training texts per label.
struct CurvePointReport {
  std::string arm;
  std::optional<std::int64_t> shots{};     ///< absent: all texts
  double labels = evaluation::kUndefined;  ///< training texts per label, the mean over labels and seeds
  SeedFigures accuracy{};
  SeedFigures train_seconds{};
};

struct ComparisonReport {
  std::vector<ArmReport> arms;
  std::vector<PairReport> pairs;                     ///< every arm against every later one
  std::vector<LanguagePairReport> language_pairs{};  ///< of paired arms; empty: no column says the languages
  std::vector<CurvePointReport> learning_curve;      ///< empty: measured at one number of training texts only
  std::optional<std::string> baseline_arm;           ///< the arm without transfer; absent: none could be told
  std::vector<SavingReport> savings;               ///< every other arm at every number of texts; empty: no baseline arm
  std::vector<ForecastReport> forecasts;           ///< one an arm with three points or more
  std::vector<SourceEffectReport> source_effects;  ///< arms that differ by their source stage alone
  std::string verdict;                             ///< sentences
  std::optional<std::string> recommended;          ///< the arm to ship; absent: the texts do not say
  std::vector<FailedRunReport> failed;
  std::vector<std::string> warnings;
  std::vector<GateReport> gates{};  ///< in the order asked
  std::int64_t bootstrap_samples = 0;
  std::uint64_t seed = 0;  ///< of the resamples
};

/// compare.json: stable key order, null for what is undefined, numbers survive a round trip.
[[nodiscard]] std::string to_json(const ComparisonReport& report);
/// The JSON Schema (draft 2020-12) of compare.json.
[[nodiscard]] std::string comparison_schema_json();

}  // namespace tt::report
