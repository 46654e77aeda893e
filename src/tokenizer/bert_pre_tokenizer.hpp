#pragma once

#include <string_view>
#include <vector>

namespace tt::tokenizer {

/// The `BertPreTokenizer` of the tokenizers package: words are parted by whitespace, which goes, and by punctuation,
/// each character of which is a word.
class BertPreTokenizer {
 public:
  /// Appends the words of `text`, which must be valid UTF-8, as views into it.
  void split(std::string_view text, std::vector<std::string_view>& words) const;
};

}  // namespace tt::tokenizer
