#include "transfer_tune/tokenizer/coverage.hpp"

#include "tokenizer/utf8.hpp"
#include "transfer_tune/core/text.hpp"

#include <algorithm>
#include <string>

namespace tt::tokenizer {
namespace {

/// Of the pieces: more, and what is left of a text tells little.
constexpr double kMostUnknown = 0.1;
// Pieces that a character may take. English takes 0.25 a letter and its digits and marks up to 1; Turkish, with an
// English vocabulary, 0.45. Where every character stands for itself, a letter takes 1.
constexpr double kPiecesALetter = 0.6;
constexpr double kPiecesAMark = 1;
constexpr double kPiecesASyllable = 1.6;
constexpr double kPiecesATextMore = 3;  ///< what begins and ends it, and a short word that is not in the vocabulary

bool is_mark(char32_t c) {
  const bool is_letter = (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z');
  return c < 0x80 && !is_letter;
}

/// Chinese, Japanese and Korean: a character takes the place of several letters.
bool is_syllable(char32_t c) {
  return (c >= 0x2E80 && c < 0xA4D0) || (c >= 0xAC00 && c < 0xD7B0) || (c >= 0xF900 && c < 0xFB00) ||
         (c >= 0xFF00 && c < 0xFFF0) || (c >= 0x20000 && c < 0x40000);
}

bool is_unknown(const std::string& token) { return token == "[UNK]" || token == "<unk>"; }

}  // namespace

bool falls_apart(const Tokenizer& tokenizer, std::string_view text, std::span<const std::int32_t> ids) {
  const auto unknown = std::ranges::count_if(ids, [&](std::int32_t id) { return is_unknown(tokenizer.token(id)); });
  const auto pieces = static_cast<double>(ids.size());
  if (static_cast<double>(unknown) > kMostUnknown * pieces) return true;
  double most = kPiecesATextMore;
  const std::string valid = valid_utf8(tokenizer.prompt() + std::string(text));
  for (std::size_t position = 0; position < valid.size();) {
    const char32_t c = next_code_point(valid, position);
    if (c == U' ') continue;
    most += is_mark(c) ? kPiecesAMark : is_syllable(c) ? kPiecesASyllable : kPiecesALetter;
  }
  return pieces > most;
}

}  // namespace tt::tokenizer
