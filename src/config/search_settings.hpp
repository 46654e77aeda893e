#pragma once

#include "config/rows.hpp"

#include <cstdint>
#include <vector>

namespace tt::config {

/// The block that has a run choose settings by itself.
[[nodiscard]] Row<RunConfig> search_block();

/// What each trial replaces: nothing, then every product of the lists, or as many draws as asked for, each once.
/// Where the block is at odds with itself, `problems` says so, and the rest is of no use.
[[nodiscard]] std::vector<Overrides> expand_search(const SearchConfig& search, std::uint64_t seed,
                                                   std::vector<Problem>& problems);

}  // namespace tt::config
