#include "tokenizer/trie.hpp"

#include "transfer_tune/core/error.hpp"

#include <bit>
#include <utility>

namespace tt::tokenizer {

Trie::Trie(std::size_t bytes) : values_{kNoValue} {
  values_.reserve(bytes / 2);
  resize(std::bit_ceil(bytes + 16));
}

void Trie::resize(std::size_t slots) {
  const auto old = std::exchange(edges_, std::vector<std::uint64_t>(slots, kEmpty));
  mask_ = slots - 1;
  shift_ = static_cast<unsigned>(64 - std::countr_zero(slots));
  for (const std::uint64_t edge : old) {
    if (edge == kEmpty) continue;
    std::size_t slot = slot_of(edge >> kNodeBits);
    while (edges_[slot] != kEmpty) slot = (slot + 1) & mask_;
    edges_[slot] = edge;
  }
}

Trie::Node Trie::add_child(std::uint64_t label) {
  const std::size_t child = values_.size();
  // The last number is left out, so that no edge equals `kEmpty`.
  if (child >= kNodeMask) throw CheckpointError("the vocabulary is too large: over 2^28 distinct prefixes");
  if (child * 2 > edges_.size()) resize(edges_.size() * 2);
  std::size_t slot = slot_of(label);
  while (edges_[slot] != kEmpty) slot = (slot + 1) & mask_;
  edges_[slot] = label << kNodeBits | child;
  values_.push_back(kNoValue);
  return static_cast<Node>(child);
}

bool Trie::insert(std::string_view key, std::int32_t value) {
  Node node = kRoot;
  for (const char byte : key) {
    const Node next = step(node, byte);
    node = next != kNone ? next : add_child(label_of(node, byte));
  }
  if (values_[node] != kNoValue) return false;
  values_[node] = value;
  return true;
}

Trie::Node Trie::walk(Node node, std::string_view text) const noexcept {
  for (const char byte : text) {
    node = step(node, byte);
    if (node == kNone) break;
  }
  return node;
}

Trie::Match Trie::longest(Node node, std::string_view text) const noexcept {
  Match best;
  for (std::size_t i = 0; i < text.size(); ++i) {
    node = step(node, text[i]);
    if (node == kNone) break;
    if (values_[node] != kNoValue) best = {i + 1, values_[node]};
  }
  return best;
}

}  // namespace tt::tokenizer
