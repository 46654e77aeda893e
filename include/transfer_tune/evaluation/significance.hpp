#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "transfer_tune/evaluation/metrics.hpp"

// Whether two classifiers that answered the same texts can be told apart.

namespace tt::evaluation {

/// Corrected p-values under this tell two classifiers apart.
inline constexpr double kSignificance = 0.05;

/// Texts that one of two classifiers, a and b, alone answered rightly. The others say nothing about which is better.
struct Discordant {
  std::size_t only_a = 0;
  std::size_t only_b = 0;

  [[nodiscard]] std::size_t count() const noexcept { return only_a + only_b; }
};

/// Exact two-sided McNemar test: the p-value of `only_a` successes in `count()` fair coin tosses, as
/// scipy.stats.binomtest. 1 without discordant texts.
[[nodiscard]] double mcnemar_p(const Discordant& texts);

/// Of how many texts, how many were answered rightly.
struct Answered {
  std::size_t right = 0;
  std::size_t texts = 0;
};

/// Fisher's exact two-sided test of whether different texts were answered rightly at one rate (Fisher, "On the
/// Interpretation of χ² from Contingency Tables, and the Calculation of P", Journal of the Royal Statistical Society
/// 85, 1922), as scipy.stats.fisher_exact. 1 where either has no texts. Throws `InternalError` if right > texts.
[[nodiscard]] double fisher_p(const Answered& a, const Answered& b);

/// One p-value for "a and b differ, and in the same direction, in every run", from one pair of counts a run: the
/// largest of the runs' p-values, or 1 where they lean to different sides. Valid however the runs depend on one
/// another, which sums of counts over runs are not: an intersection-union test (Berger, "Multiparameter Hypothesis
/// Testing and Acceptance Sampling", Technometrics 24, 1982) for each direction, doubled. Undefined without runs.
[[nodiscard]] double in_every_run_p(std::span<const Discordant> runs);

/// The smallest `in_every_run_p` that as many discordant texts could have come to: all of them on one side.
[[nodiscard]] double attainable_p(std::span<const Discordant> runs);

/// Holm's step-down correction ("A Simple Sequentially Rejective Multiple Test Procedure", Scandinavian Journal of
/// Statistics 6, 1979), as statsmodels' multipletests: in the order of `p_values`, each at most 1. An undefined one
/// stays so and is no part of the family.
[[nodiscard]] std::vector<double> holm(std::span<const double> p_values);

/// Mean and sample standard deviation (divisor n - 1) of one figure over several seeds.
struct Spread {
  double mean = kUndefined;  ///< undefined without seeds
  double sd = kUndefined;    ///< undefined with fewer than two: one seed says nothing of training's variance
};
[[nodiscard]] Spread over_seeds(std::span<const double> figures);

}  // namespace tt::evaluation
