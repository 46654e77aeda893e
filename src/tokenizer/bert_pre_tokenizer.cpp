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

void BertPreTokenizer::split(std::string_view text, std::vector<std::string_view>& words) const {
  const auto& ascii = ascii_characters();
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t here = i;
    const Character properties =
        is_ascii(text[i]) ? ascii[static_cast<std::uint8_t>(text[i++])] : character(next_code_point(text, i));
    if ((properties.flags & (Character::whitespace | Character::punctuation)) == 0) continue;
    if (here > start) words.push_back(text.substr(start, here - start));
    if (properties.is(Character::punctuation)) words.push_back(text.substr(here, i - here));
    start = i;
  }
  if (text.size() > start) words.push_back(text.substr(start));
}

}  // namespace tt::tokenizer
