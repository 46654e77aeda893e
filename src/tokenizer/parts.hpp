#pragma once

#include "tokenizer/added_tokens.hpp"
#include "tokenizer/bert_normalizer.hpp"
#include "tokenizer/bert_pre_tokenizer.hpp"
#include "tokenizer/word_piece.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tt::tokenizer {

// The kinds of each part; `std::monostate` leaves the text as it is. A new kind is a file of its own, an alternative
// here and a case where the loaders read it.
using Normalizer = std::variant<std::monostate, BertNormalizer>;
using PreTokenizer = std::variant<std::monostate, BertPreTokenizer>;
using Model = std::variant<WordPiece>;

/// The ids put around those of a text. What every supported post-processor comes to for a single text.
struct Template {
  std::vector<std::int32_t> before;
  std::vector<std::int32_t> after;
};

/// What a tokenizer is made of: read by a loader, put together by `Tokenizer`.
struct Parts {
  Model model;
  Normalizer normalizer;
  PreTokenizer pre_tokenizer;
  Template special_tokens;
  std::vector<AddedToken> added_tokens;
  std::int32_t pad_id = 0;
  std::size_t stated_max_length = 0;            ///< 0: none
  std::vector<std::string> disagreements = {};  ///< what the directory's other files say otherwise, a sentence each
};

/// The id of `content` among the added tokens and in the model's vocabulary.
[[nodiscard]] std::optional<std::int32_t> find_token(const Model& model, const std::vector<AddedToken>& added_tokens,
                                                     std::string_view content);

/// Throws `CheckpointError` unless each added token has the id that the vocabulary gives its content, or, where it is
/// not in it, the next id after the vocabulary and the added tokens before it; and when one is there twice.
void check_added_tokens(const Model& model, const std::vector<AddedToken>& added_tokens);

}  // namespace tt::tokenizer
