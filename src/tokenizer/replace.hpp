#pragma once

#include "tokenizer/pattern.hpp"
#include "transfer_tune/core/json.hpp"

#include <string>
#include <string_view>

namespace tt::tokenizer {

/// The `Replace` normalizer of the tokenizers package: another text for each match of a pattern.
class Replace {
 public:
  Replace(Pattern pattern, std::string content) : pattern_(std::move(pattern)), content_(std::move(content)) {}
  [[nodiscard]] static Replace read(const JsonView& part) {
    return {Pattern::read(part.at("pattern")), part.at("content").string()};
  }

  /// Sets `out` to the form of `text`, which must be valid UTF-8.
  void normalize(std::string_view text, std::string& out) const;
  /// False where the normal form begins with another character of `text` than its first.
  [[nodiscard]] bool keeps_start(std::string_view text) const;
  [[nodiscard]] std::string describe() const;

 private:
  Pattern pattern_;
  std::string content_;
};

}  // namespace tt::tokenizer
