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
  /// How many bytes of the form of `text` stand for its first `length` bytes.
  [[nodiscard]] std::size_t start_length(std::string_view text, std::size_t length) const;
  [[nodiscard]] std::string describe() const;

 private:
  Pattern pattern_;
  std::string content_;
};

}  // namespace tt::tokenizer
