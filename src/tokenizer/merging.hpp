#pragma once

#include "tokenizer/bpe.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace tt::tokenizer {

/// Merges the neighbours in `ids` until no pair is in `merges`: the pair of the lowest rank first, of those the
/// leftmost. Returns how many ids are left, which are the first ones.
[[nodiscard]] std::size_t merge_all(std::span<std::int32_t> ids, const MergeTable& merges);

/// `merge_all` by looking through all pairs for each merge: quick for the few of a word, quadratic in their number.
[[nodiscard]] std::size_t merge_by_scan(std::span<std::int32_t> ids, const MergeTable& merges);
/// `merge_all` by a heap of pairs: n log n.
[[nodiscard]] std::size_t merge_by_heap(std::span<std::int32_t> ids, const MergeTable& merges);

}  // namespace tt::tokenizer
