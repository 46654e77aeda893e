#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tt::tokenizer {

/// The table of a SentencePiece normalizer: texts and what becomes of them, found by a double-array trie.
class Charsmap {
 public:
  /// `blob`: the size of the trie in bytes, the trie's units, and texts with a zero byte behind each, little-endian.
  /// Throws `CheckpointError` for anything else.
  explicit Charsmap(std::string_view blob);

  /// What becomes of the shortest beginning of `text` that is in the table; nothing where none is. That is how the
  /// tokenizers package reads it, though SentencePiece itself takes the longest.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view text) const noexcept;

 private:
  void check_texts() const;

  std::vector<std::uint32_t> units_;
  std::string texts_;
};

}  // namespace tt::tokenizer
