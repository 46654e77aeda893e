#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "transfer_tune/evaluation/metrics.hpp"

// How well a score separates out-of-scope texts, which should score low and count as the positive ones, from texts in
// scope. Every figure is undefined where either kind is missing.

namespace tt::evaluation {

struct DetectionFigures {
  double auroc = kUndefined;  ///< area under the ROC curve: the share of pairs in the right order, ties counting half
  double aupr = kUndefined;  ///< average precision: Σ (recall step · precision), scikit-learn's average_precision_score
  double fpr_at_95_recall = kUndefined;  ///< share of in-scope texts lost where 95% of the others are found
};

[[nodiscard]] DetectionFigures detection_figures(std::span<const double> in_scope,
                                                 std::span<const double> out_of_scope);

/// The threshold below which a text is rejected that maximises (share of in-scope texts kept and answered rightly +
/// share of out-of-scope texts rejected) / 2: midway between two neighbouring scores; among equals the lowest.
/// `correct` says of each in-scope text whether it is answered rightly. Undefined where either kind is missing.
[[nodiscard]] double best_threshold(std::span<const double> in_scope, std::span<const std::uint8_t> correct,
                                    std::span<const double> out_of_scope);

/// The threshold that keeps `share` of `in_scope`: their (1 - share) quantile, interpolated linearly as numpy does.
/// Undefined without scores.
[[nodiscard]] double keeping_threshold(std::span<const double> in_scope, double share);

/// The share of `scores` at or above `threshold`; undefined without scores. An undefined threshold keeps all.
[[nodiscard]] double kept_share(std::span<const double> scores, double threshold);

/// Texts whose score lies in [low, high); in the last bin also at `high`.
struct ScopeBin {
  double low = 0;
  double high = 0;
  std::size_t in_scope = 0;
  std::size_t out_of_scope = 0;
};

/// `bins` equal bins from the 0.5% quantile of all scores to their maximum; what scores lower is in the first bin.
/// Empty without scores.
[[nodiscard]] std::vector<ScopeBin> scope_histogram(std::span<const double> in_scope,
                                                    std::span<const double> out_of_scope, std::size_t bins);

}  // namespace tt::evaluation
