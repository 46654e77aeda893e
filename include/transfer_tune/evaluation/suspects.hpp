#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "transfer_tune/evaluation/metrics.hpp"

// Rules for what stands out in a data set, on plain numbers.

namespace tt::evaluation {

/// Two classes that answers take for each other.
struct IndistinctClasses {
  std::int32_t label = 0;
  std::int32_t other = 0;     ///< larger than `label`
  double label_as_other = 0;  ///< share of the label's texts answered with the other
  double other_as_label = 0;
};

/// Pairs of which each class has at least a share of 0.05 and two of its texts answered with the other, by the smaller
/// of the two shares, largest first, ties by class. Labels outside 0..num_classes-1 are left out.
[[nodiscard]] std::vector<IndistinctClasses> indistinct_classes(const Scores& scores);

/// Beyond it a value stands out: median + 3 · 1.4826 · median absolute deviation, which for normal values is three
/// standard deviations above the mean. Undefined for fewer than 5 values.
[[nodiscard]] double outlier_limit(std::vector<double> values);

/// The value below which a share of `values` lies, linear between neighbours as numpy's; undefined without any.
[[nodiscard]] double quantile(std::vector<double> values, double share);

/// Classes with fewer texts than this have too few: 5, or a fifth of the median class's where that is more.
/// Classes without texts are left out of the median.
[[nodiscard]] std::size_t few_texts_limit(const std::vector<std::size_t>& texts_by_class);

}  // namespace tt::evaluation
