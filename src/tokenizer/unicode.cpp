#include "tokenizer/unicode.hpp"

#include "tokenizer/utf8.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

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
constexpr char32_t kLeadingCount = 19;
constexpr char32_t kVowels = 0x1161;
constexpr char32_t kTrailing = 0x11A7;
constexpr char32_t kVowelCount = 21;
constexpr char32_t kTrailingCount = 28;

char32_t compose_syllable(char32_t first, char32_t second) noexcept {
  const char32_t leading = first - kLeading;
  const char32_t vowel = second - kVowels;
  if (leading < kLeadingCount && vowel < kVowelCount) {
    return kSyllables + (leading * kVowelCount + vowel) * kTrailingCount;
  }
  const char32_t syllable = first - kSyllables;
  const char32_t trailing = second - kTrailing;
  const bool open = syllable < kSyllableCount && syllable % kTrailingCount == 0;
  return open && trailing > 0 && trailing < kTrailingCount ? first + trailing : 0;
}

}  // namespace

std::uint8_t script_of(char32_t c) noexcept {
  const auto next = std::ranges::upper_bound(tables::kScriptRuns, c, {}, &tables::ScriptRun::first);
  return std::prev(next)->script;
}

std::size_t leading_whitespace(std::string_view text) noexcept {
  std::size_t length = 0;
  for (std::size_t next = 0; next < text.size(); length = next) {
    if (!character(next_code_point(text, next)).is(Character::whitespace)) break;
  }
  return length;
}

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

std::span<const char32_t> fold(char32_t c) noexcept { return mapped(tables::kFoldings, c); }

char32_t compose(char32_t first, char32_t second) noexcept {
  if (const char32_t syllable = compose_syllable(first, second); syllable != 0) return syllable;
  const auto key = [](const tables::Composition& pair) { return std::pair(pair.first, pair.second); };
  const auto found = std::ranges::lower_bound(tables::kCompositions, std::pair(first, second), {}, key);
  return found != tables::kCompositions.end() && key(*found) == std::pair(first, second) ? found->composed : 0;
}

}  // namespace tt::tokenizer
