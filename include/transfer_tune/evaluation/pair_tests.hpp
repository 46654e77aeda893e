#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "transfer_tune/evaluation/difference.hpp"
#include "transfer_tune/evaluation/significance.hpp"

namespace tt::evaluation {

/// One run of arm a against one of arm b.
struct RunTest {
  std::uint64_t seed_a = 0;
  std::uint64_t seed_b = 0;
  Discordant texts;
  double p = kUndefined;  ///< exact McNemar, uncorrected
};

/// Two arms that answered the same texts.
struct PairTest {
  /// Runs of the same seed; where the arms share no seed, every run of a against every run of b.
  std::vector<RunTest> runs;
  double p = kUndefined;       ///< `in_every_run_p`
  double p_holm = kUndefined;  ///< corrected for all pairs tested together
  /// The arms disagree on so few texts that even with all of these on one side p_holm would not be significant.
  bool too_few = false;
};

/// McNemar's test of each pair of arms, corrected as one family. Throws `InternalError` when two arms of a pair did not
/// answer equally many texts.
[[nodiscard]] std::vector<PairTest> test_pairs(const std::vector<std::pair<const Outcomes*, const Outcomes*>>& pairs);

}  // namespace tt::evaluation
