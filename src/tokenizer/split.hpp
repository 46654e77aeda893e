#pragma once

#include "tokenizer/parting.hpp"
#include "tokenizer/pattern.hpp"
#include "tokenizer/words.hpp"
#include "transfer_tune/core/json.hpp"

#include <span>
#include <string>

namespace tt::tokenizer {

/// The `Split` pre-tokenizer of the tokenizers package: what matches a pattern parts words, or, inverted, what does
/// not match it.
class Split {
 public:
  Split(Pattern pattern, Parting parting, bool inverted)
      : pattern_(std::move(pattern)), parting_(parting), inverted_(inverted) {}
  [[nodiscard]] static Split read(const JsonView& part);

  void split(std::span<const Word> words, Words& out) const;
  [[nodiscard]] std::string describe() const;

 private:
  Pattern pattern_;
  Parting parting_;
  bool inverted_;
};

}  // namespace tt::tokenizer
