#include "transfer_tune/evaluation/bootstrap.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/random.hpp"
#include "transfer_tune/core/text.hpp"

namespace tt::evaluation {
namespace {

/// Linear between the two nearest of the sorted values.
double percentile(const std::vector<double>& sorted, double share) {
  const double position = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], position - std::floor(position));
}

}  // namespace

Interval bootstrap_ci95(std::size_t correct, std::size_t count, std::size_t samples, std::uint64_t seed) {
  if (correct > count) throw InternalError(concat("bootstrap: ", correct, " of ", count, " texts are right"));
  if (count == 0 || samples == 0) return {};
  std::vector<double> accuracies(samples);
  for (std::size_t sample = 0; sample < samples; ++sample) {
    RandomStream stream(random_key(seed, RandomPurpose::bootstrap, sample));
    std::size_t hits = 0;
    // Which texts were right does not matter for the accuracy: let the first `correct` be those.
    for (std::size_t i = 0; i < count; ++i) hits += stream.below(count) < correct ? 1 : 0;
    accuracies[sample] = static_cast<double>(hits) / static_cast<double>(count);
  }
  std::sort(accuracies.begin(), accuracies.end());
  return {.low = percentile(accuracies, 0.025), .high = percentile(accuracies, 0.975)};
}

}  // namespace tt::evaluation
