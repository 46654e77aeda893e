#pragma once

#include "transfer_tune/data/dataset.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tt::data {

/// Sentences that a file holds in several languages.
struct Translations {
  std::vector<std::int32_t>
      sentences;                       ///< of each example, the sentence that it puts into its language; empty: none is
  std::vector<std::string> languages;  ///< that are translated into one another, sorted

  /// Leaves the examples at `positions` alone.
  void keep(std::span<const std::size_t> positions);
};

/// Files of translations list the same sentences language by language, so that each has the same labels in the same
/// order; that is what this goes by. A language may lack the last sentences. An order that says little, as where texts
/// are sorted by label, is no sign.
[[nodiscard]] Translations find_translations(std::span<const Example> examples);

}  // namespace tt::data
