#pragma once

#include "transfer_tune/core/json.hpp"

#include <string>
#include <string_view>

// The small normalizers of the tokenizers package. Each sets `out` to its form of `text`, which must be valid UTF-8;
// `keeps_start` is false where that begins with another character of a non-empty `text` than its first.

namespace tt::tokenizer {

/// Per character: no final sigma.
class Lowercase {
 public:
  [[nodiscard]] static Lowercase read(const JsonView& /*part*/) { return {}; }
  void normalize(std::string_view text, std::string& out) const;
  [[nodiscard]] static bool keeps_start(std::string_view /*text*/) { return true; }
  [[nodiscard]] std::string describe() const { return "Lowercase"; }
};

/// Removes combining marks as they stand; what has them within is not taken apart.
class StripAccents {
 public:
  [[nodiscard]] static StripAccents read(const JsonView& /*part*/) { return {}; }
  void normalize(std::string_view text, std::string& out) const;
  [[nodiscard]] bool keeps_start(std::string_view text) const;
  [[nodiscard]] std::string describe() const { return "StripAccents"; }
};

/// Removes controls and blanks what is like whitespace.
class Nmt {
 public:
  [[nodiscard]] static Nmt read(const JsonView& /*part*/) { return {}; }
  void normalize(std::string_view text, std::string& out) const;
  [[nodiscard]] bool keeps_start(std::string_view text) const;
  [[nodiscard]] std::string describe() const { return "Nmt"; }
};

/// Removes whitespace at the ends.
class Strip {
 public:
  Strip(bool left, bool right) : left_(left), right_(right) {}
  [[nodiscard]] static Strip read(const JsonView& part);
  void normalize(std::string_view text, std::string& out) const;
  [[nodiscard]] bool keeps_start(std::string_view text) const;
  [[nodiscard]] std::string describe() const;

 private:
  bool left_;
  bool right_;
};

/// Puts something before a text that is not empty.
class Prepend {
 public:
  explicit Prepend(std::string text) : text_(std::move(text)) {}
  [[nodiscard]] static Prepend read(const JsonView& part) { return Prepend(part.at("prepend").string()); }
  void normalize(std::string_view text, std::string& out) const;
  [[nodiscard]] static bool keeps_start(std::string_view /*text*/) { return true; }
  [[nodiscard]] std::string describe() const;

 private:
  std::string text_;
};

}  // namespace tt::tokenizer
