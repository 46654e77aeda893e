#pragma once

#include "tokenizer/words.hpp"
#include "transfer_tune/core/json.hpp"

#include <cstdint>
#include <span>
#include <string>

namespace tt::tokenizer {

/// The `Metaspace` pre-tokenizer of the tokenizers package: spaces become a visible character, with which words begin.
class Metaspace {
 public:
  /// Where the character is put in front though there is no space.
  enum class Prepend : std::uint8_t { never, first, always };
  struct Settings {
    std::string replacement = "\u2581";  ///< one character
    Prepend prepend = Prepend::always;   ///< first: where the text begins
    bool split = true;                   ///< else the text stays whole
  };
  explicit Metaspace(const Settings& settings) : settings_(settings) {}
  [[nodiscard]] static Metaspace read(const JsonView& part);

  /// True if it matters which word begins the text.
  [[nodiscard]] bool asks_for_start() const noexcept { return settings_.prepend == Prepend::first; }

  void split(std::span<const Word> words, Words& out) const;
  [[nodiscard]] std::string describe() const;

 private:
  [[nodiscard]] bool prepends_to(const Word& word) const noexcept;
  void add_word(const Word& word, Words& out) const;

  Settings settings_;
};

}  // namespace tt::tokenizer
