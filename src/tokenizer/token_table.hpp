#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tt::tokenizer {

/// Strings with a number each, in one flat hash table; the hash of a string goes on from that of its prefix.
class TokenTable {
 public:
  /// Room for `tokens` strings.
  explicit TokenTable(std::size_t tokens = 0);

  /// Gives `token` the value, unless it has one: then false.
  bool insert(std::string_view token, std::int32_t value);

  [[nodiscard]] std::optional<std::int32_t> find(std::string_view token) const noexcept;

  /// What comes before the text in each token that is asked for.
  struct Prefix {
    std::string text;
    std::uint64_t hash = kSeed;
  };
  [[nodiscard]] static Prefix prefix(std::string_view text);

  struct Match {
    std::size_t length = 0;  ///< of the text alone; 0: no match
    std::int32_t value = 0;
  };
  /// The longest token that is `prefix` and then a non-empty beginning of `text`.
  [[nodiscard]] Match longest(const Prefix& prefix, std::string_view text) const noexcept;

 private:
  static constexpr std::uint64_t kSeed = 0xCBF29CE484222325U;  // FNV-1a, as is its prime below

  struct Slot {
    std::uint32_t tag = 0;
    std::int32_t value = 0;
    std::uint32_t offset = 0;
    std::uint32_t length = kFree;
  };
  static constexpr std::uint32_t kFree = UINT32_MAX;

  static std::uint64_t extend(std::uint64_t hash, char byte) noexcept {
    return (hash ^ static_cast<std::uint8_t>(byte)) * 0x100000001B3U;
  }
  static std::uint64_t extend(std::uint64_t hash, std::string_view text) noexcept {
    for (const char byte : text) hash = extend(hash, byte);
    return hash;
  }
  /// The slot of the token `prefix` + `text`, whose hash is given, or the free slot where it would go.
  [[nodiscard]] std::size_t locate(std::uint64_t hash, std::string_view prefix, std::string_view text) const noexcept;
  [[nodiscard]] std::size_t home(std::uint64_t hash) const noexcept {
    return static_cast<std::size_t>((hash * 0x9E3779B97F4A7C15U) >> shift_);
  }
  void grow(std::size_t slots);

  std::vector<Slot> slots_;
  unsigned shift_ = 0;
  std::string texts_;
  std::size_t size_ = 0;
  std::size_t longest_ = 0;
};

}  // namespace tt::tokenizer
