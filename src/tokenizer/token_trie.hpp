#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tt::tokenizer {

/// Strings with a number each, as a tree of their bytes: finds all that a text begins with in one go.
class TokenTrie {
 public:
  /// The number of a string is its place in `tokens`, the last one of those that are equal. Empty ones are left out.
  explicit TokenTrie(const std::vector<std::string>& tokens);

  /// Calls `found(length, value)` for each string that `text` begins with, the shortest first.
  template <class Found>
  void prefixes(std::string_view text, const Found& found) const {
    std::uint32_t node = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      node = child(node, static_cast<std::uint8_t>(text[i]));
      if (node == 0) return;
      if (const std::int32_t value = nodes_[node].value; value != kNone) found(i + 1, value);
    }
  }

  [[nodiscard]] std::optional<std::int32_t> find(std::string_view token) const noexcept;

 private:
  static constexpr std::int32_t kNone = -1;

  /// The children of a node stand side by side, in the order of their bytes, up to those of the next node.
  struct Node {
    std::uint32_t children = 0;
    std::int32_t value = kNone;
  };

  /// The child of `node` for `byte`; 0, which is no child, where there is none.
  [[nodiscard]] std::uint32_t child(std::uint32_t node, std::uint8_t byte) const noexcept {
    const std::uint32_t first = nodes_[node].children;
    const std::uint32_t count = nodes_[node + 1].children - first;
    if (count == 0) return 0;
    const std::uint8_t* bytes = bytes_.data() + first;
    if (count > kFew) return child_of_many(first, count, byte);
    for (std::uint32_t i = 0; i < count; ++i) {
      if (bytes[i] == byte) return first + i;
    }
    return 0;
  }
  [[nodiscard]] std::uint32_t child_of_many(std::uint32_t first, std::uint32_t count, std::uint8_t byte) const noexcept;

  static constexpr std::uint32_t kFew = 8;

  std::vector<Node> nodes_;
  std::vector<std::uint8_t> bytes_;  ///< that leads to the node
};

}  // namespace tt::tokenizer
