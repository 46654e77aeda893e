#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "transfer_tune/record/comparison_report.hpp"
#include "transfer_tune/record/finished_run.hpp"

namespace tt::report {

/// One run of an arm, as its directory tells it.
struct FinishedRun {
  std::string directory;
  RunSummary summary;
  std::optional<Answers> answers;
  std::string no_answers;  ///< why there are none
  std::optional<std::int64_t> checkpoint_bytes;
  std::optional<RunSettings> settings{};  ///< absent: they cannot be read
};

/// One way of training under one or several seeds.
struct ComparedArm {
  std::string name;  ///< no other arm's
  std::vector<FinishedRun> runs;
};

/// What a comparison's learning curves are to say.
struct CurveOptions {
  std::optional<std::string> baseline_arm;  ///< absent: told from the arms
  std::optional<double> target_accuracy;    ///< absent: that which halves the most accurate arm's errors
};

/// The arm's accuracy over its seeds, each trained on `shots` texts per label; 0: on all.
[[nodiscard]] CurvePointReport curve_point(const ComparedArm& arm, std::int64_t shots);

struct ComparisonOptions {
  std::size_t bootstrap_samples = 2000;
  std::uint64_t seed = 7;  ///< of the resamples
};

/// Arms side by side. Arms measured on the same texts are compared text by text: exact McNemar tests seed by seed, Holm
/// over all such pairs, an interval over texts and seeds. Others are compared by the interval of their difference
/// alone. A run that repeats a seed of its arm, or was measured on other texts than the arm's first, joins `failed`,
/// which holds what could not be read; so do all runs of an arm that is left without any. Throws `DataError`, naming
/// each failure, when fewer than two arms are left.
[[nodiscard]] ComparisonReport make_comparison(const std::vector<ComparedArm>& arms,
                                               std::vector<FailedRunReport> failed, const ComparisonOptions& options);

/// Adds to `report`, whose learning curve is there, what that says: labels and time saved beside the arm without
/// transfer (that of `options`, else one with random weights, else one that lacks only its source, else the most
/// accurate without a source where others have one), and a forecast for each arm with enough points.
void add_curve_findings(ComparisonReport& report, const std::vector<ComparedArm>& arms, const CurveOptions& options);

/// Of each two arms of `report` that differ by their source stage alone, what it did for the accuracy.
[[nodiscard]] std::vector<SourceEffectReport> source_effects(const ComparisonReport& report,
                                                             const std::vector<ComparedArm>& arms);

/// Adds them to `report`, with a warning for each that is negative transfer.
void add_source_effects(ComparisonReport& report, std::vector<SourceEffectReport> effects);

}  // namespace tt::report
