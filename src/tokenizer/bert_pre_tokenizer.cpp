#include "tokenizer/bert_pre_tokenizer.hpp"

#include "tokenizer/unicode.hpp"
#include "tokenizer/utf8.hpp"

#include <array>
#include <cstdint>

namespace tt::tokenizer {
namespace {

/// The flags of the ASCII characters, side by side.
const std::array<Character, 128>& ascii_characters() {
  static const auto table = [] {
    std::array<Character, 128> out{};
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = character(static_cast<char32_t>(i));
    return out;
  }();
  return table;
}

}  // namespace

void BertPreTokenizer::split(std::span<const Word> words, Words& out) const {
  const auto& ascii = ascii_characters();
  for (const auto& [text, offset] : words) {
    const auto add = [&, from = text.data(), offset = offset](std::size_t begin, std::size_t end) {
      out.add({from + begin, end - begin}, offset + begin);
    };
    std::size_t start = 0;
    for (std::size_t i = 0; i < text.size();) {
      const std::size_t here = i;
      const Character properties =
          is_ascii(text[i]) ? ascii[static_cast<std::uint8_t>(text[i++])] : character(next_code_point(text, i));
      if ((properties.flags & (Character::whitespace | Character::punctuation)) == 0) continue;
      if (here > start) add(start, here);
      if (properties.is(Character::punctuation)) add(here, i);
      start = i;
    }
    if (text.size() > start) add(start, text.size());
  }
}

}  // namespace tt::tokenizer
