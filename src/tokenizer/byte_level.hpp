#pragma once

#include "tokenizer/regex.hpp"
#include "tokenizer/words.hpp"
#include "transfer_tune/core/json.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tt::tokenizer {

/// Appends `text` with each byte of it written as a printable character.
void append_bytes_written(std::string_view text, std::string& out);

/// The `ByteLevel` pre-tokenizer of the tokenizers package: GPT-2's words, each byte of them written as a printable
/// character, so that no text is unknown.
class ByteLevel {
 public:
  struct Settings {
    bool add_prefix_space = true;  ///< before a text that does not begin with one
    bool use_regex = true;         ///< parts words by GPT-2's pattern; else the text stays whole
  };
  explicit ByteLevel(const Settings& settings);
  [[nodiscard]] static ByteLevel read(const JsonView& part);
  [[nodiscard]] const Settings& settings() const noexcept { return settings_; }

  void split(std::span<const Word> words, Words& out) const;
  [[nodiscard]] std::string describe() const;

 private:
  void add_bytes(std::string_view text, std::size_t start, Words& out) const;

  Settings settings_;
  std::optional<Regex> pattern_;
};

}  // namespace tt::tokenizer
