#include "tokenizer/unicode.hpp"

#include "tokenizer/utf8.hpp"

#include <algorithm>

namespace tt::tokenizer {
namespace {

std::span<const char32_t> mapped(std::span<const tables::Mapping> mappings, char32_t c) noexcept {
  const auto found = std::lower_bound(mappings.begin(), mappings.end(), c,
                                      [](const tables::Mapping& mapping, char32_t key) { return mapping.from < key; });
  if (found == mappings.end() || found->from != c) return {};
  return {tables::kMapped + found->offset, found->length};
}

// Hangul syllables decompose by arithmetic: The Unicode Standard, section 3.12.
constexpr char32_t kSyllables = 0xAC00;
constexpr char32_t kSyllableCount = 11172;
constexpr char32_t kLeading = 0x1100;
constexpr char32_t kVowels = 0x1161;
constexpr char32_t kTrailing = 0x11A7;
constexpr char32_t kVowelCount = 21;
constexpr char32_t kTrailingCount = 28;

}  // namespace

std::string_view without_trailing_whitespace(std::string_view text) noexcept {
  while (!text.empty()) {
    const std::size_t last = last_code_point(text);
    std::size_t position = last;
    if (!character(next_code_point(text, position)).is(Character::whitespace)) break;
    text = text.substr(0, last);
  }
  return text;
}

std::span<const char32_t> lowercase(char32_t c) noexcept { return mapped(tables::kLowercases, c); }

Decomposition decompose(char32_t c) noexcept {
  Decomposition out{};
  if (const char32_t syllable = c - kSyllables; c >= kSyllables && syllable < kSyllableCount) {
    const char32_t trailing = syllable % kTrailingCount;
    out.code_points = {kLeading + syllable / (kVowelCount * kTrailingCount),
                       kVowels + syllable / kTrailingCount % kVowelCount, kTrailing + trailing};
    out.size = trailing == 0 ? 2 : 3;
    return out;
  }
  const auto parts = mapped(tables::kDecompositions, c);
  out.size = std::min(parts.size(), out.code_points.size());
  std::copy_n(parts.begin(), out.size, out.code_points.begin());
  return out;
}

}  // namespace tt::tokenizer
