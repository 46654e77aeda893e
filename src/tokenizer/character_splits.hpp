#pragma once

#include "tokenizer/parting.hpp"
#include "tokenizer/words.hpp"
#include "transfer_tune/core/json.hpp"

#include <cstdint>
#include <span>
#include <string>

// The pre-tokenizers of the tokenizers package that go by the kinds of single characters.

namespace tt::tokenizer {

/// Words are parted by whitespace, which goes.
class WhitespaceSplit {
 public:
  [[nodiscard]] static WhitespaceSplit read(const JsonView& /*part*/) { return {}; }
  void split(std::span<const Word> words, Words& out) const;
  [[nodiscard]] std::string describe() const { return "WhitespaceSplit"; }
};

/// Words are runs of letters, digits and the like, and runs of what is neither these nor whitespace.
class Whitespace {
 public:
  [[nodiscard]] static Whitespace read(const JsonView& /*part*/) { return {}; }
  void split(std::span<const Word> words, Words& out) const;
  [[nodiscard]] std::string describe() const { return "Whitespace"; }
};

/// Each punctuation character parts words.
class Punctuation {
 public:
  explicit Punctuation(Parting parting) : parting_(parting) {}
  [[nodiscard]] static Punctuation read(const JsonView& part);
  void split(std::span<const Word> words, Words& out) const;
  [[nodiscard]] std::string describe() const;

 private:
  Parting parting_;
};

/// Numbers are words, or each digit is.
class Digits {
 public:
  explicit Digits(bool individual) : individual_(individual) {}
  [[nodiscard]] static Digits read(const JsonView& part) { return Digits(part.at("individual_digits").boolean()); }
  void split(std::span<const Word> words, Words& out) const;
  [[nodiscard]] std::string describe() const;

 private:
  bool individual_;
};

/// Words are parted by one character, which goes.
class CharDelimiterSplit {
 public:
  explicit CharDelimiterSplit(std::string delimiter) : delimiter_(std::move(delimiter)) {}
  [[nodiscard]] static CharDelimiterSplit read(const JsonView& part);
  void split(std::span<const Word> words, Words& out) const;
  [[nodiscard]] std::string describe() const;

 private:
  std::string delimiter_;
};

/// Words end where the script changes. What goes with every script does not begin one.
class UnicodeScripts {
 public:
  [[nodiscard]] static UnicodeScripts read(const JsonView& /*part*/) { return {}; }
  void split(std::span<const Word> words, Words& out) const;
  [[nodiscard]] std::string describe() const { return "UnicodeScripts"; }
};

/// Words are so many characters each, the last one of a text perhaps fewer.
class FixedLength {
 public:
  explicit FixedLength(std::int64_t length) : length_(length) {}
  [[nodiscard]] static FixedLength read(const JsonView& part);
  void split(std::span<const Word> words, Words& out) const;
  [[nodiscard]] std::string describe() const;

 private:
  std::int64_t length_;
};

}  // namespace tt::tokenizer
