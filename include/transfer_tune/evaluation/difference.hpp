#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "transfer_tune/evaluation/bootstrap.hpp"

// By how much one way of training (an "arm", run under one or several seeds) is more accurate than another.

namespace tt::evaluation {

/// Which texts the runs of one arm answered rightly. Every run answered the same texts, in the same order.
struct Outcomes {
  std::vector<std::uint64_t> seeds;                ///< one a run, all different
  std::vector<std::vector<std::uint8_t>> correct;  ///< [run][text]: 1 right, 0 wrong

  [[nodiscard]] std::size_t runs() const noexcept { return correct.size(); }
  [[nodiscard]] std::size_t texts() const noexcept { return correct.empty() ? 0 : correct.front().size(); }
};

/// Percentile bootstrap 95% interval of the accuracy of `a` less that of `b`, each a mean over its runs, where both
/// answered the same texts. Each of `samples` resamples draws texts, the same for both arms, and runs, with replacement
/// and independently of each other (Owen, "The Pigeonhole Bootstrap", Annals of Applied Statistics 1, 2007, which is
/// conservative for crossed factors). Arms with the same seeds draw the same seeds; else each draws its own. With one
/// run an arm, training's variance is no part of it. Undefined without texts or samples. Throws `InternalError` when
/// sizes do not fit.
[[nodiscard]] Interval bootstrap_difference_ci95(const Outcomes& a, const Outcomes& b, std::size_t samples,
                                                 std::uint64_t seed);

/// The same of accuracies that are means over `groups` of texts (their positions), each counting the same: texts are
/// drawn within each. A group without texts is left out.
[[nodiscard]] Interval bootstrap_difference_ci95(const Outcomes& a, const Outcomes& b,
                                                 const std::vector<std::vector<std::size_t>>& groups,
                                                 std::size_t samples, std::uint64_t seed);

/// An accuracy and the texts that it was measured on.
struct MeasuredAccuracy {
  double accuracy = kUndefined;
  std::size_t texts = 0;
};

/// Wilson score 95% interval ("Probable Inference, the Law of Succession, and Statistical Inference", JASA 22, 1927),
/// as scipy's `binomtest(...).proportion_ci(method="wilson")`. Undefined without texts.
[[nodiscard]] Interval wilson_ci95(const MeasuredAccuracy& measured);

/// 95% interval of the mean of accuracies that were measured on different texts, each counting the same: from each
/// one's Wilson score interval by the method of variance estimates recovery (Zou and Donner, "Construction of
/// Confidence Limits about Effect Measures: A General Approach", Statistics in Medicine 27, 2008). One accuracy has its
/// own interval. Undefined without accuracies, or where one has no texts.
[[nodiscard]] Interval mean_ci95(std::span<const MeasuredAccuracy> measured);

/// 95% interval of the accuracy of `a` less that of `b` where it is not known which texts were answered rightly:
/// Newcombe's method 10 ("Interval Estimation for the Difference Between Independent Proportions", Statistics in
/// Medicine 17, 1998), from each one's Wilson score interval. Undefined without texts.
[[nodiscard]] Interval newcombe_difference_ci95(const MeasuredAccuracy& a, const MeasuredAccuracy& b);

}  // namespace tt::evaluation
