#pragma once

#include <cstddef>
#include <string_view>

namespace tt::tokenizer {

/// Where the grapheme cluster ends that begins at `begin` of `text`, which must be valid UTF-8: extended clusters of
/// Unicode Standard Annex 29. Regional indicators do not join here: `Precompiled` asks for clusters of less than six
/// bytes alone, and two of them have eight.
[[nodiscard]] std::size_t cluster_end(std::string_view text, std::size_t begin) noexcept;

}  // namespace tt::tokenizer
