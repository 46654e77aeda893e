#include "tokenizer/token_trie.hpp"

#include "transfer_tune/core/error.hpp"

#include <algorithm>
#include <deque>
#include <limits>

namespace tt::tokenizer {
namespace {

/// Tokens that begin alike, `depth` bytes of them, side by side in the sorted list.
struct Range {
  std::size_t begin;
  std::size_t end;
  std::size_t depth;
};

}  // namespace

TokenTrie::TokenTrie(const std::vector<std::string>& tokens) {
  std::vector<std::int32_t> sorted;
  sorted.reserve(tokens.size());
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (!tokens[i].empty()) sorted.push_back(static_cast<std::int32_t>(i));
  }
  const auto text = [&](std::size_t place) -> const std::string& {
    return tokens[static_cast<std::size_t>(sorted[place])];
  };
  // Of equal ones the last comes last, and its number is the one that stays.
  std::ranges::stable_sort(sorted, {},
                           [&](std::int32_t i) -> const std::string& { return tokens[static_cast<std::size_t>(i)]; });

  std::deque<Range> ranges{{0, sorted.size(), 0}};  // of the nodes from this one on, in the order of their depths
  nodes_.emplace_back();
  bytes_.push_back(0);
  for (std::size_t node = 0; node < nodes_.size(); ++node) {
    auto [begin, end, depth] = ranges.front();
    ranges.pop_front();
    nodes_[node].children = static_cast<std::uint32_t>(nodes_.size());
    for (; begin < end && text(begin).size() == depth; ++begin) nodes_[node].value = sorted[begin];
    while (begin < end) {
      const char byte = text(begin)[depth];
      std::size_t next = begin + 1;
      while (next < end && text(next)[depth] == byte) ++next;
      if (nodes_.size() == std::numeric_limits<std::uint32_t>::max()) {
        throw CheckpointError("the vocabulary is too large: over 4 GiB of text");
      }
      nodes_.emplace_back();
      bytes_.push_back(static_cast<std::uint8_t>(byte));
      ranges.push_back({begin, next, depth + 1});
      begin = next;
    }
  }
  nodes_.push_back({static_cast<std::uint32_t>(nodes_.size()), kNone});
}

std::uint32_t TokenTrie::child_of_many(std::uint32_t first, std::uint32_t count, std::uint8_t byte) const noexcept {
  const std::uint8_t* bytes = bytes_.data() + first;
  // Most often there are few gaps: the byte is where it would be without any, or somewhat before.
  if (byte < bytes[0]) return 0;
  const std::uint32_t guess = byte - static_cast<std::uint32_t>(bytes[0]);
  if (guess < count && bytes[guess] == byte) return first + guess;
  const std::uint8_t* found = std::lower_bound(bytes, bytes + std::min(guess, count), byte);
  const auto at = static_cast<std::uint32_t>(found - bytes);
  return at < count && *found == byte ? first + at : 0;
}

std::optional<std::int32_t> TokenTrie::find(std::string_view token) const noexcept {
  std::uint32_t node = 0;
  for (const char byte : token) {
    node = child(node, static_cast<std::uint8_t>(byte));
    if (node == 0) return std::nullopt;
  }
  const std::int32_t value = nodes_[node].value;
  return value == kNone ? std::nullopt : std::optional(value);
}

}  // namespace tt::tokenizer
