#include "tokenizer/merging.hpp"

#include <algorithm>
#include <array>
#include <queue>
#include <tuple>
#include <vector>

namespace tt::tokenizer {
namespace {

constexpr std::size_t kFewIds = 32;

/// A token of the word in a list of its neighbours, so that merging moves nothing.
struct Node {
  std::int32_t id;
  std::int32_t previous;  ///< kEnd: none
  std::int32_t next;      ///< kEnd: none
  bool gone;              ///< merged into the one before it
};
constexpr std::int32_t kEnd = -1;

/// A merge that was possible when it was put into the heap.
struct Candidate {
  std::uint32_t rank;
  std::int32_t left;  ///< the node
  std::int32_t id;

  /// The one that goes first is the greatest to a heap.
  bool operator<(const Candidate& other) const noexcept {
    return std::tie(rank, left) > std::tie(other.rank, other.left);
  }
};

class HeapMerger {
 public:
  HeapMerger(std::span<std::int32_t> ids, const MergeTable& merges) : ids_(ids), merges_(merges) {
    const auto size = static_cast<std::int32_t>(ids.size());
    nodes_.reserve(ids.size());
    for (std::int32_t i = 0; i < size; ++i) {
      nodes_.push_back({ids[static_cast<std::size_t>(i)], i - 1, i + 1 < size ? i + 1 : kEnd, false});
    }
    std::vector<Candidate> candidates;
    for (std::int32_t i = 0; i + 1 < size; ++i) add_candidate(i, candidates);
    queue_ = std::priority_queue<Candidate>({}, std::move(candidates));
  }

  std::size_t run() {
    std::vector<Candidate> found;
    while (!queue_.empty()) {
      const Candidate top = queue_.top();
      queue_.pop();
      if (is_stale(top)) continue;
      merge(top);
      found.clear();
      if (node(top.left).previous != kEnd) add_candidate(node(top.left).previous, found);
      add_candidate(top.left, found);
      for (const Candidate& candidate : found) queue_.push(candidate);
    }
    std::size_t left = 0;
    for (const Node& each : nodes_) {
      if (!each.gone) ids_[left++] = each.id;
    }
    return left;
  }

 private:
  Node& node(std::int32_t index) { return nodes_[static_cast<std::size_t>(index)]; }

  void add_candidate(std::int32_t left, std::vector<Candidate>& out) {
    const Node& first = node(left);
    if (first.next == kEnd) return;
    const Merge merge = merges_.find(first.id, node(first.next).id);
    if (merge.rank != Merge::kNone) out.push_back({merge.rank, left, merge.id});
  }

  /// True when one of the two has become another token since.
  bool is_stale(const Candidate& candidate) {
    const Node& left = node(candidate.left);
    if (left.gone || left.next == kEnd) return true;
    const Merge now = merges_.find(left.id, node(left.next).id);
    return now.rank == Merge::kNone || now.id != candidate.id;
  }

  void merge(const Candidate& candidate) {
    Node& left = node(candidate.left);
    Node& right = node(left.next);
    left.id = candidate.id;
    left.next = right.next;
    right.gone = true;
    if (right.next != kEnd) node(right.next).previous = candidate.left;
  }

  std::span<std::int32_t> ids_;
  const MergeTable& merges_;
  std::vector<Node> nodes_;
  std::priority_queue<Candidate> queue_;
};

}  // namespace

std::size_t merge_by_scan(std::span<std::int32_t> ids, const MergeTable& merges) {
  if (ids.size() < 2) return ids.size();
  std::size_t size = ids.size();
  std::array<Merge, kFewIds> few{};
  std::vector<Merge> many(size > few.size() ? size : 0);
  const std::span<Merge> pairs = many.empty() ? std::span<Merge>(few) : std::span<Merge>(many);
  for (std::size_t i = 0; i + 1 < size; ++i) pairs[i] = merges.find(ids[i], ids[i + 1]);
  while (size > 1) {
    std::size_t best = 0;
    for (std::size_t i = 1; i + 1 < size; ++i) {
      if (pairs[i].rank < pairs[best].rank) best = i;
    }
    if (pairs[best].rank == Merge::kNone) break;
    ids[best] = pairs[best].id;
    const std::size_t behind = size - best - 2;
    std::ranges::copy(ids.subspan(best + 2, behind), ids.subspan(best + 1).begin());
    std::ranges::copy(pairs.subspan(best + 1, behind), pairs.subspan(best).begin());
    --size;
    if (best > 0) pairs[best - 1] = merges.find(ids[best - 1], ids[best]);
    if (best + 1 < size) pairs[best] = merges.find(ids[best], ids[best + 1]);
  }
  return size;
}

std::size_t merge_by_heap(std::span<std::int32_t> ids, const MergeTable& merges) {
  return HeapMerger(ids, merges).run();
}

std::size_t merge_all(std::span<std::int32_t> ids, const MergeTable& merges) {
  return ids.size() <= kFewIds ? merge_by_scan(ids, merges) : merge_by_heap(ids, merges);
}

}  // namespace tt::tokenizer
