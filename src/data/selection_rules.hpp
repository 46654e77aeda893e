#pragma once

#include <cstddef>
#include <string>

// What choosing held-out texts goes by, however many labels a text has.

namespace tt::data {

/// Examples that a split holds out at least.
inline constexpr std::size_t kSmallestSplit = 50;
/// Of a cross-validation in its place.
inline constexpr std::size_t kFolds = 5;
/// Why nothing is held out where the fraction is 0.
inline constexpr const char* kNoSplitAsked = "No validation split was asked for: the defaults stand.";

/// Throws `InternalError` unless it is from 0 to below 1.
void check_fraction(double fraction);
/// The beginning of the sentence on a split of `total` examples that is below the least.
[[nodiscard]] std::string too_small(std::size_t total, std::size_t labels);

}  // namespace tt::data
