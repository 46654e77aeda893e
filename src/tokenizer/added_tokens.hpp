#pragma once

#include "tokenizer/token_table.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tt::tokenizer {

/// A token that is found in the text as it stands, before any model sees it.
struct AddedToken {
  std::int32_t id = 0;
  std::string content;
  bool single_word = false;  ///< not inside a word
  bool lstrip = false;       ///< takes the whitespace before it
  bool rstrip = false;       ///< takes the whitespace after it
  bool normalized = false;   ///< found in the normal form of the text
};

/// A stretch of text that is one added token, or that holds none.
struct Piece {
  static constexpr std::int32_t kText = -1;
  std::string_view text;
  std::int32_t id = kText;
};

/// Finds added tokens as the tokenizers package does: the leftmost first, the longest of those, none overlapping; a
/// find that `single_word` rules out still uses up its text.
class AddedTokenFinder {
 public:
  /// Has `token` found wherever `pattern` stands: its content, or the normal form of it. Of two tokens with the same
  /// pattern the first counts. Throws `CheckpointError` when `pattern` is empty.
  void add(std::string_view pattern, const AddedToken& token);
  [[nodiscard]] bool empty() const noexcept { return tokens_.empty(); }

  /// Appends the pieces of `text`, which must be valid UTF-8; none of text is empty.
  void split(std::string_view text, std::vector<Piece>& pieces) const;

 private:
  std::vector<AddedToken> tokens_;
  TokenTable patterns_;  ///< values are indexes into `tokens_`
  std::array<bool, 256> first_bytes_{};
};

}  // namespace tt::tokenizer
