#include "transfer_tune/evaluation/difference.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "evaluation/percentile.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/random.hpp"
#include "transfer_tune/core/text.hpp"

namespace tt::evaluation {
namespace {

/// Parts of a resample's key, so that the draws of one kind never shift those of another.
constexpr std::uint64_t kTexts = 1;
constexpr std::uint64_t kRunsOfA = 2;
constexpr std::uint64_t kRunsOfB = 3;

void check(const Outcomes& outcomes, std::size_t texts) {
  const bool even = std::all_of(outcomes.correct.begin(), outcomes.correct.end(),
                                [&](const auto& run) { return run.size() == texts; });
  if (outcomes.correct.empty() || outcomes.seeds.size() != outcomes.correct.size() || !even) {
    throw InternalError(concat("difference of arms: ", outcomes.seeds.size(), " seeds for ", outcomes.runs(),
                               " runs, each expected to answer ", texts, " texts"));
  }
}

/// How often each of `count` items is drawn in as many draws.
std::vector<std::int64_t> draw(std::size_t count, std::uint64_t key) {
  RandomStream stream(key);
  std::vector<std::int64_t> times(count);
  for (std::size_t i = 0; i < count; ++i) ++times[stream.below(count)];
  return times;
}

/// Adds each text's right answers over the runs, each run counted `weight` × its times drawn.
void add_weighted(const Outcomes& arm, const std::vector<std::int64_t>& times, std::int64_t weight,
                  std::vector<std::int64_t>& sums) {
  for (std::size_t run = 0; run < arm.runs(); ++run) {
    const std::int64_t factor = weight * times[run];
    if (factor == 0) continue;
    const std::vector<std::uint8_t>& correct = arm.correct[run];
    for (std::size_t text = 0; text < sums.size(); ++text) sums[text] += factor * correct[text];
  }
}

/// The order of `b`'s runs in which their seeds are those of `a`'s; empty when the seeds differ.
std::vector<std::size_t> order_by_seed(const Outcomes& a, const Outcomes& b) {
  std::vector<std::size_t> order;
  order.reserve(a.runs());
  for (const std::uint64_t seed : a.seeds) {
    const auto found = std::find(b.seeds.begin(), b.seeds.end(), seed);
    if (found == b.seeds.end() || a.runs() != b.runs()) return {};
    order.push_back(static_cast<std::size_t>(found - b.seeds.begin()));
  }
  return order;
}

}  // namespace

Interval wilson_ci95(const MeasuredAccuracy& measured) {
  if (measured.texts == 0) return {};
  constexpr double kZ = 1.959963984540054;  // the 97.5th percentile of the standard normal distribution
  const auto n = static_cast<double>(measured.texts);
  const double p = measured.accuracy;
  const double centre = p + kZ * kZ / (2 * n);
  const double reach = kZ * std::sqrt(p * (1 - p) / n + kZ * kZ / (4 * n * n));
  const double scale = 1 + kZ * kZ / n;
  return {.low = std::max(0.0, (centre - reach) / scale), .high = std::min(1.0, (centre + reach) / scale)};
}

Interval mean_ci95(std::span<const MeasuredAccuracy> measured) {
  if (measured.empty()) return {};
  double mean = 0;
  double below = 0;
  double above = 0;
  for (const MeasuredAccuracy& each : measured) {
    const Interval own = wilson_ci95(each);
    mean += each.accuracy;
    below += (each.accuracy - own.low) * (each.accuracy - own.low);
    above += (own.high - each.accuracy) * (own.high - each.accuracy);
  }
  const auto count = static_cast<double>(measured.size());
  return {.low = (mean - std::sqrt(below)) / count, .high = (mean + std::sqrt(above)) / count};
}

Interval bootstrap_difference_ci95(const Outcomes& a, const Outcomes& b, std::size_t samples, std::uint64_t seed) {
  std::vector<std::size_t> all(a.texts());
  std::iota(all.begin(), all.end(), std::size_t{0});
  return bootstrap_difference_ci95(a, b, std::vector<std::vector<std::size_t>>{std::move(all)}, samples, seed);
}

Interval bootstrap_difference_ci95(const Outcomes& a, const Outcomes& b,
                                   const std::vector<std::vector<std::size_t>>& groups, std::size_t samples,
                                   std::uint64_t seed) {
  const std::size_t texts = a.texts();
  check(a, texts);
  check(b, texts);
  const auto filled = std::ranges::count_if(groups, [](const auto& group) { return !group.empty(); });
  if (filled == 0) return {};
  const std::vector<std::size_t> paired = order_by_seed(a, b);
  const auto runs_of_a = static_cast<std::int64_t>(a.runs());
  const auto runs_of_b = static_cast<std::int64_t>(b.runs());
  // Sums are of whole numbers, so that they are the same in whatever order they are taken.
  const double runs = static_cast<double>(runs_of_a * runs_of_b) * static_cast<double>(filled);
  std::vector<double> differences(samples);
  std::vector<std::int64_t> sums(texts);
  for (std::size_t sample = 0; sample < samples; ++sample) {
    const auto key = [&](std::uint64_t part) { return random_key(seed, RandomPurpose::bootstrap, sample, part); };
    const std::vector<std::int64_t> times_a = draw(a.runs(), key(kRunsOfA));
    std::vector<std::int64_t> times_b(b.runs());
    if (paired.empty()) {
      times_b = draw(b.runs(), key(kRunsOfB));
    } else {
      for (std::size_t run = 0; run < paired.size(); ++run) times_b[paired[run]] = times_a[run];
    }
    std::fill(sums.begin(), sums.end(), 0);
    add_weighted(a, times_a, runs_of_b, sums);
    add_weighted(b, times_b, -runs_of_a, sums);
    RandomStream stream(key(kTexts));
    for (const std::vector<std::size_t>& group : groups) {
      if (group.empty()) continue;
      std::int64_t total = 0;
      for (std::size_t i = 0; i < group.size(); ++i) total += sums.at(group[stream.below(group.size())]);
      differences[sample] += static_cast<double>(total) / (runs * static_cast<double>(group.size()));
    }
  }
  return percentile_interval(std::move(differences));
}

Interval newcombe_difference_ci95(const MeasuredAccuracy& a, const MeasuredAccuracy& b) {
  if (a.texts == 0 || b.texts == 0) return {};
  const Interval of_a = wilson_ci95(a);
  const Interval of_b = wilson_ci95(b);
  const double difference = a.accuracy - b.accuracy;
  return {.low = difference - std::hypot(a.accuracy - of_a.low, of_b.high - b.accuracy),
          .high = difference + std::hypot(of_a.high - a.accuracy, b.accuracy - of_b.low)};
}

}  // namespace tt::evaluation
