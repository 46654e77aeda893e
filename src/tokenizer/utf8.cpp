#include "tokenizer/utf8.hpp"

#include "transfer_tune/core/text.hpp"

#include <algorithm>

namespace tt::tokenizer {

void append_utf8(char32_t c, std::string& out) {
  const auto continuation = [&](unsigned shift) { return static_cast<char>(0x80U | (c >> shift & 0x3FU)); };
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += {static_cast<char>(0xC0U | c >> 6U), continuation(0)};
  } else if (c < 0x10000) {
    out += {static_cast<char>(0xE0U | c >> 12U), continuation(6), continuation(0)};
  } else {
    out += {static_cast<char>(0xF0U | c >> 18U), continuation(12), continuation(6), continuation(0)};
  }
}

bool is_ascii(std::string_view text) noexcept {
  std::uint8_t all = 0;
  for (const char c : text) all |= static_cast<std::uint8_t>(c);
  return all < 0x80;
}

std::string replace_invalid_utf8(std::string_view text) {
  std::string out;
  while (const auto invalid = find_invalid_utf8(text)) {
    out += text.substr(0, *invalid);
    out += "\xEF\xBF\xBD";
    text.remove_prefix(*invalid + 1);
  }
  return out += text;
}

}  // namespace tt::tokenizer
