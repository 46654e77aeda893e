#include "transfer_tune/evaluation/bootstrap.hpp"

#include <utility>
#include <vector>

#include "evaluation/percentile.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/random.hpp"
#include "transfer_tune/core/text.hpp"

namespace tt::evaluation {

Interval bootstrap_ci95(std::size_t correct, std::size_t count, std::size_t samples, std::uint64_t seed) {
  if (correct > count) throw InternalError(concat("bootstrap: ", correct, " of ", count, " texts are right"));
  if (count == 0) return {};
  std::vector<double> accuracies(samples);
  for (std::size_t sample = 0; sample < samples; ++sample) {
    RandomStream stream(random_key(seed, RandomPurpose::bootstrap, sample));
    std::size_t hits = 0;
    // Which texts were right does not matter for the accuracy: let the first `correct` be those.
    for (std::size_t i = 0; i < count; ++i) hits += stream.below(count) < correct ? 1 : 0;
    accuracies[sample] = static_cast<double>(hits) / static_cast<double>(count);
  }
  return percentile_interval(std::move(accuracies));
}

}  // namespace tt::evaluation
