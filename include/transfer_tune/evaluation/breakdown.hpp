#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "transfer_tune/evaluation/metrics.hpp"

// Where a classifier errs.

namespace tt::evaluation {

/// Texts of one label that were given another.
struct ConfusedPair {
  std::int32_t label = 0;
  std::int32_t prediction = 0;
  std::size_t count = 0;
  double share = 0;                   ///< of the label's texts
  std::vector<std::size_t> examples;  ///< indexes of the most confident such errors, most confident first
};

/// The most frequent confusions between known labels, most frequent first (ties: lower label, then prediction).
[[nodiscard]] std::vector<ConfusedPair> most_confused(const Scores& scores, std::size_t max_pairs,
                                                      std::size_t max_examples);

/// Figures of the texts that share one value of a column.
struct Slice {
  std::string value;
  std::size_t count = 0;
  double accuracy = kUndefined;
  double macro_f1 = kUndefined;
};

/// One slice for each distinct value, sorted by value. `values` holds each text's. Throws `InternalError` when its size
/// is not that of `scores`.
[[nodiscard]] std::vector<Slice> slices(const Scores& scores, const std::vector<std::string>& values);

}  // namespace tt::evaluation
