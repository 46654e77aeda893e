#pragma once

#include "transfer_tune/core/json.hpp"

#include <string>
#include <string_view>

// The small normalizers of the tokenizers package. Each sets `out` to its form of `text`, which must be valid UTF-8.

namespace tt::tokenizer {

/// Per character: no final sigma.
class Lowercase {
 public:
  [[nodiscard]] static Lowercase read(const JsonView& /*part*/) { return {}; }
  void normalize(std::string_view text, std::string& out) const;
  [[nodiscard]] std::string describe() const { return "Lowercase"; }
};

/// Removes combining marks as they stand; what has them within is not taken apart.
class StripAccents {
 public:
  [[nodiscard]] static StripAccents read(const JsonView& /*part*/) { return {}; }
  void normalize(std::string_view text, std::string& out) const;
  [[nodiscard]] std::string describe() const { return "StripAccents"; }
};

/// Removes controls and blanks what is like whitespace.
class Nmt {
 public:
  [[nodiscard]] static Nmt read(const JsonView& /*part*/) { return {}; }
  void normalize(std::string_view text, std::string& out) const;
  [[nodiscard]] std::string describe() const { return "Nmt"; }
};

/// Removes whitespace at the ends.
class Strip {
 public:
  Strip(bool left, bool right) : left_(left), right_(right) {}
  [[nodiscard]] static Strip read(const JsonView& part);
  void normalize(std::string_view text, std::string& out) const;
  /// How many bytes of the form of `text` stand for its first `length` bytes.
  [[nodiscard]] std::size_t start_length(std::string_view text, std::size_t length) const;
  [[nodiscard]] std::string describe() const;

 private:
  bool left_;
  bool right_;
};

/// Each byte is written as a printable character, as the pre-tokenizer of that name does.
class ByteLevelForm {
 public:
  [[nodiscard]] static ByteLevelForm read(const JsonView& /*part*/) { return {}; }
  void normalize(std::string_view text, std::string& out) const;
  [[nodiscard]] std::string describe() const { return "ByteLevel"; }
};

/// Puts something before a text that is not empty.
class Prepend {
 public:
  explicit Prepend(std::string text) : text_(std::move(text)) {}
  [[nodiscard]] static Prepend read(const JsonView& part) { return Prepend(part.at("prepend").string()); }
  void normalize(std::string_view text, std::string& out) const;
  [[nodiscard]] std::string describe() const;

 private:
  std::string text_;
};

}  // namespace tt::tokenizer
