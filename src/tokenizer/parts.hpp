#pragma once

#include "tokenizer/added_tokens.hpp"
#include "tokenizer/bert_normalizer.hpp"
#include "tokenizer/bert_pre_tokenizer.hpp"
#include "tokenizer/bpe.hpp"
#include "tokenizer/byte_level.hpp"
#include "tokenizer/character_splits.hpp"
#include "tokenizer/metaspace.hpp"
#include "tokenizer/normal_form.hpp"
#include "tokenizer/post_processor.hpp"
#include "tokenizer/precompiled.hpp"
#include "tokenizer/replace.hpp"
#include "tokenizer/split.hpp"
#include "tokenizer/text_normalizers.hpp"
#include "tokenizer/unigram.hpp"
#include "tokenizer/word_piece.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tt::tokenizer {

// The kinds of each part. All of them have the same functions, which `Tokenizer` calls by `std::visit` alone, so that
// one that lacks them does not compile. A new kind is a file of its own, an alternative here, and a line in the
// loader's table of names (tokenizer_json.cpp).

/// normalize(text, out), describe(); start_length(text, length) where that is not the length of the form of the first
/// `length` bytes of `text`
using Normalizer = std::variant<BertNormalizer, NormalForm, Lowercase, StripAccents, Nmt, Strip, Prepend, Replace,
                                Precompiled, ByteLevelForm>;
/// split(words, out), describe()
using PreTokenizer = std::variant<BertPreTokenizer, ByteLevel, Split, Metaspace, WhitespaceSplit, Whitespace,
                                  Punctuation, Digits, CharDelimiterSplit, UnicodeScripts, FixedLength>;
/// tokenize(word, ids), find(token), vocabulary(), describe(), fingerprint(hash)
using Model = std::variant<WordPiece, Bpe, Unigram>;
/// wrap(frame)
using PostProcessor = std::variant<Template, ByteLevelOffsets>;

/// What a tokenizer is made of: read by a loader, put together by `Tokenizer`.
struct Parts {
  Model model;
  std::vector<Normalizer> normalizers = {};       ///< one after the other
  std::vector<PreTokenizer> pre_tokenizers = {};  ///< one after the other
  Frame special_tokens = {};                      ///< what the post-processors come to
  std::vector<AddedToken> added_tokens = {};
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
