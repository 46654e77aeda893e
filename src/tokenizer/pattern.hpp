#pragma once

#include "tokenizer/regex.hpp"
#include "transfer_tune/core/json.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tt::tokenizer {

/// What `Replace` and `Split` look for: {"String": …} as it stands, or {"Regex": …}.
class Pattern {
 public:
  /// Throws `CheckpointError` as `Regex` does, and for what matches no text at all.
  [[nodiscard]] static Pattern read(const JsonView& pattern);

  /// The first match at or after `from` in `text`, which must be valid UTF-8.
  [[nodiscard]] std::optional<Regex::Match> find(std::string_view text, std::size_t from, Regex::Steps& steps) const;
  [[nodiscard]] std::string describe() const;

 private:
  explicit Pattern(std::string text) : text_(std::move(text)) {}

  std::string text_;
  std::optional<Regex> regex_;
};

}  // namespace tt::tokenizer
