#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace tt::tokenizer {

/// Strings with a number each, walked byte by byte. The edges lie in one hash table: as quick to build as to read.
class Trie {
 public:
  using Node = std::uint32_t;
  static constexpr Node kRoot = 0;
  static constexpr Node kNone = UINT32_MAX;
  static constexpr std::int32_t kNoValue = -1;

  /// `bytes`: how much text is to be inserted, about.
  explicit Trie(std::size_t bytes = 0);

  /// Gives `key` the value, unless it has one: then false.
  bool insert(std::string_view key, std::int32_t value);

  /// The node that `byte` leads to, or `kNone`.
  [[nodiscard]] Node step(Node node, char byte) const noexcept {
    const std::uint64_t label = label_of(node, byte);
    for (std::size_t slot = slot_of(label);; slot = (slot + 1) & mask_) {
      const std::uint64_t edge = edges_[slot];
      if (edge >> kNodeBits == label) return static_cast<Node>(edge & kNodeMask);
      if (edge == kEmpty) return kNone;
    }
  }
  /// The node that all of `text` leads to, or `kNone`.
  [[nodiscard]] Node walk(Node node, std::string_view text) const noexcept;
  /// The value of the string that ends at `node`, or `kNoValue`.
  [[nodiscard]] std::int32_t value(Node node) const noexcept { return values_[node]; }

  struct Match {
    std::size_t length = 0;
    std::int32_t value = kNoValue;  ///< `kNoValue`: no match
  };
  /// The longest non-empty string below `node` that `text` starts with.
  [[nodiscard]] Match longest(Node node, std::string_view text) const noexcept;

 private:
  // An edge packs the parent node (28 bits), the byte (8) and the child node (28).
  static constexpr unsigned kNodeBits = 28;
  static constexpr std::uint64_t kNodeMask = (std::uint64_t{1} << kNodeBits) - 1;
  static constexpr std::uint64_t kEmpty = UINT64_MAX;

  static std::uint64_t label_of(Node node, char byte) noexcept {
    return std::uint64_t{node} << 8U | static_cast<std::uint8_t>(byte);
  }
  [[nodiscard]] std::size_t slot_of(std::uint64_t label) const noexcept {
    return static_cast<std::size_t>((label * 0x9E3779B97F4A7C15U) >> shift_);
  }
  void resize(std::size_t slots);
  Node add_child(std::uint64_t label);

  std::vector<std::uint64_t> edges_;
  std::vector<std::int32_t> values_;
  std::size_t mask_ = 0;
  unsigned shift_ = 0;
};

}  // namespace tt::tokenizer
