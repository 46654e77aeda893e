#pragma once

#include "tokenizer/regex.hpp"
#include "tokenizer/words.hpp"
#include "transfer_tune/core/json.hpp"

#include <span>
#include <string>

namespace tt::tokenizer {

/// The `Split` pre-tokenizer of the tokenizers package, by a regular expression, with the behaviours `Isolated`
/// (matches and what is between them are words) and `Removed` (what is between them alone).
class Split {
 public:
  /// Throws as `Regex` does.
  Split(std::string pattern, bool removed);
  [[nodiscard]] static Split read(const JsonView& part);

  void split(std::span<const Word> words, Words& out) const;
  [[nodiscard]] std::string describe() const;

 private:
  std::string pattern_;
  bool removed_;
  Regex regex_;
};

}  // namespace tt::tokenizer
