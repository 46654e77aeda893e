#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "transfer_tune/report/comparison_report.hpp"
#include "transfer_tune/report/finished_run.hpp"

namespace tt::report {

/// One run of an arm, as its directory tells it.
struct FinishedRun {
  std::string directory;
  RunSummary summary;
  std::optional<Answers> answers;
  std::string no_answers;  ///< why there are none
  std::optional<std::int64_t> checkpoint_bytes;
};

/// One way of training under one or several seeds.
struct ComparedArm {
  std::string name;  ///< no other arm's
  std::vector<FinishedRun> runs;
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

}  // namespace tt::report
