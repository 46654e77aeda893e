#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tt::tokenizer {

/// The code point at `position` of valid UTF-8; `position` moves past it.
[[nodiscard]] inline char32_t next_code_point(std::string_view text, std::size_t& position) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[position + i]); };
  const auto bits = [&](std::size_t i) { return static_cast<char32_t>(byte(i) & 0x3FU); };
  const std::uint8_t lead = byte(0);
  char32_t c = lead;
  std::size_t length = 1;
  if (lead >= 0xF0) {
    c = static_cast<char32_t>(lead & 0x07U) << 18U | bits(1) << 12U | bits(2) << 6U | bits(3);
    length = 4;
  } else if (lead >= 0xE0) {
    c = static_cast<char32_t>(lead & 0x0FU) << 12U | bits(1) << 6U | bits(2);
    length = 3;
  } else if (lead >= 0x80) {
    c = static_cast<char32_t>(lead & 0x1FU) << 6U | bits(1);
    length = 2;
  }
  position += length;
  return c;
}

/// True for the second and later bytes of a UTF-8 sequence.
[[nodiscard]] inline bool continues_sequence(char byte) noexcept {
  return (static_cast<std::uint8_t>(byte) & 0xC0U) == 0x80U;
}

[[nodiscard]] inline bool is_ascii(char byte) noexcept { return static_cast<std::uint8_t>(byte) < 0x80; }

/// The first code point of non-empty, valid UTF-8.
[[nodiscard]] inline char32_t first_code_point(std::string_view text) noexcept {
  std::size_t end = 0;
  return next_code_point(text, end);
}

/// True if non-empty, valid UTF-8 is one character.
[[nodiscard]] inline bool is_one_character(std::string_view text) noexcept {
  std::size_t end = 0;
  return !text.empty() && (static_cast<void>(next_code_point(text, end)), end == text.size());
}

/// How many ASCII characters stand from `position` on.
[[nodiscard]] inline std::size_t ascii_run(std::string_view text, std::size_t position) noexcept {
  std::size_t end = position;
  while (end < text.size() && is_ascii(text[end])) ++end;
  return end - position;
}

/// Where the last code point of non-empty, valid UTF-8 starts.
[[nodiscard]] inline std::size_t last_code_point(std::string_view text) noexcept {
  std::size_t start = text.size() - 1;
  while (continues_sequence(text[start])) --start;
  return start;
}

void append_utf8(char32_t c, std::string& out);

/// True when every byte is ASCII.
[[nodiscard]] bool is_ascii(std::string_view text) noexcept;

/// `text` with each byte that is not part of valid UTF-8 replaced by U+FFFD.
[[nodiscard]] std::string replace_invalid_utf8(std::string_view text);

}  // namespace tt::tokenizer
