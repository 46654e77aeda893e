#include "transfer_tune/evaluation/significance.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

namespace tt::evaluation {
namespace {

/// P(X <= k) for X ~ Binomial(n, 1/2), k <= n / 2. Terms shrink from k downwards, so that no factorial overflows.
double lower_tail(std::size_t k, std::size_t n) {
  double log_term = -static_cast<double>(n) * std::numbers::ln2;
  for (std::size_t i = 1; i <= k; ++i) log_term += std::log(static_cast<double>(n - k + i) / static_cast<double>(i));
  double sum = 1;
  double ratio = 1;
  for (std::size_t i = k; i > 0 && ratio > 0; --i) {
    ratio *= static_cast<double>(i) / static_cast<double>(n - i + 1);
    sum += ratio;
  }
  return std::exp(log_term + std::log(sum));
}

double log_binomial(std::size_t n, std::size_t k) {
  const auto log_factorial = [](std::size_t of) {
    int sign = 0;  // lgamma keeps it in a global
    return ::lgamma_r(static_cast<double>(of) + 1, &sign);
  };
  return log_factorial(n) - log_factorial(k) - log_factorial(n - k);
}

}  // namespace

double fisher_p(const Answered& a, const Answered& b) {
  for (const Answered& each : {a, b}) {
    if (each.right > each.texts) throw InternalError(concat("Fisher: ", each.right, " of ", each.texts, " texts"));
  }
  const std::size_t right = a.right + b.right;
  const std::size_t first = right > b.texts ? right - b.texts : 0;
  const std::size_t last = std::min(right, a.texts);
  const double all = log_binomial(a.texts + b.texts, right);
  const auto probability = [&](std::size_t of_a) {
    return std::exp(log_binomial(a.texts, of_a) + log_binomial(b.texts, right - of_a) - all);
  };
  // What is as likely as what was found, but for rounding, counts too.
  constexpr double kRounding = 1e-7;
  const double found = probability(a.right) * (1 + kRounding);
  double sum = 0;
  for (std::size_t of_a = first; of_a <= last; ++of_a) {
    const double each = probability(of_a);
    if (each <= found) sum += each;
  }
  return std::min(1.0, sum);
}

double mcnemar_p(const Discordant& texts) {
  if (texts.only_a == texts.only_b) return 1;  // both tails hold the middle
  return std::min(1.0, 2 * lower_tail(std::min(texts.only_a, texts.only_b), texts.count()));
}

double in_every_run_p(std::span<const Discordant> runs) {
  if (runs.empty()) return kUndefined;
  const bool all_a = std::all_of(runs.begin(), runs.end(), [](const auto& run) { return run.only_a > run.only_b; });
  const bool all_b = std::all_of(runs.begin(), runs.end(), [](const auto& run) { return run.only_b > run.only_a; });
  if (!all_a && !all_b) return 1;
  double largest = 0;
  for (const Discordant& run : runs) largest = std::max(largest, mcnemar_p(run));
  return largest;
}

double attainable_p(std::span<const Discordant> runs) {
  std::vector<Discordant> one_sided;
  one_sided.reserve(runs.size());
  for (const Discordant& run : runs) one_sided.push_back({.only_a = run.count(), .only_b = 0});
  return in_every_run_p(one_sided);
}

std::vector<double> holm(std::span<const double> p_values) {
  std::vector<double> corrected(p_values.begin(), p_values.end());
  std::vector<std::size_t> family;
  family.reserve(p_values.size());
  for (std::size_t i = 0; i < p_values.size(); ++i) {
    if (!std::isnan(p_values[i])) family.push_back(i);
  }
  std::stable_sort(family.begin(), family.end(),
                   [&](std::size_t i, std::size_t j) { return p_values[i] < p_values[j]; });
  double largest = 0;
  for (std::size_t rank = 0; rank < family.size(); ++rank) {
    const double scaled = static_cast<double>(family.size() - rank) * p_values[family[rank]];
    largest = std::max(largest, std::min(1.0, scaled));
    corrected[family[rank]] = largest;
  }
  return corrected;
}

Spread over_seeds(std::span<const double> figures) {
  if (figures.empty()) return {};
  const auto count = static_cast<double>(figures.size());
  const double mean = std::accumulate(figures.begin(), figures.end(), 0.0) / count;
  if (figures.size() == 1) return {.mean = mean};
  double squares = 0;
  for (const double figure : figures) squares += (figure - mean) * (figure - mean);
  return {.mean = mean, .sd = std::sqrt(squares / (count - 1))};
}

}  // namespace tt::evaluation
