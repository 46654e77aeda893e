#pragma once

#include "tokenizer/words.hpp"
#include "transfer_tune/core/json.hpp"

#include <span>
#include <string>

namespace tt::tokenizer {

/// The `BertPreTokenizer` of the tokenizers package: words are parted by whitespace, which goes, and by punctuation,
/// each character of which is a word.
class BertPreTokenizer {
 public:
  [[nodiscard]] static BertPreTokenizer read(const JsonView& /*part*/) { return {}; }

  void split(std::span<const Word> words, Words& out) const;
  [[nodiscard]] std::string describe() const { return "BertPreTokenizer"; }
};

}  // namespace tt::tokenizer
