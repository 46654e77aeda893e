#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace tt::tokenizer {

/// What the `tokenizers` package thinks of a code point.
struct Character {
  enum Flag : std::uint8_t {
    dropped = 1U << 0U,  ///< removed by BertNormalizer's clean_text; a whitespace one is not dropped but blanked
    whitespace = 1U << 1U,
    cjk = 1U << 2U,          ///< set apart by BertNormalizer's handle_chinese_chars
    mark = 1U << 3U,         ///< removed by BertNormalizer's strip_accents
    punctuation = 1U << 4U,  ///< a word of its own for BertPreTokenizer
    word = 1U << 5U,         ///< makes an adjacent added token with single_word a part of a word
    decomposes = 1U << 6U,   ///< has a canonical decomposition
    lowers = 1U << 7U,       ///< has a lowercase mapping
  };
  std::uint8_t flags;
  std::uint8_t combining_class;  ///< canonical; 0: a starter

  [[nodiscard]] bool is(Flag flag) const noexcept { return (flags & flag) != 0; }
};

/// The generated tables of unicode_tables.cpp; use the functions below.
namespace tables {

/// `from` becomes `length` code points of `kMapped` from `offset` on.
struct Mapping {
  char32_t from;
  std::uint16_t offset;
  std::uint16_t length;
};

inline constexpr std::size_t kPageSize = 128;
extern const Character kCharacters[];
extern const std::uint16_t kPageOf[];
extern const std::uint8_t kPages[];
extern const std::span<const Mapping> kDecompositions;  ///< sorted by `from`; without the Hangul syllables
extern const std::span<const Mapping> kLowercases;      ///< sorted by `from`
extern const char32_t kMapped[];

}  // namespace tables

/// The properties of a code point up to U+10FFFF.
[[nodiscard]] inline Character character(char32_t c) noexcept {
  const std::size_t page = tables::kPageOf[c / tables::kPageSize];
  return tables::kCharacters[tables::kPages[page * tables::kPageSize + c % tables::kPageSize]];
}

/// `text`, which must be valid UTF-8, less the whitespace at its end.
[[nodiscard]] std::string_view without_trailing_whitespace(std::string_view text) noexcept;

/// The lowercase form, itself at most a few code points; empty when there is none.
[[nodiscard]] std::span<const char32_t> lowercase(char32_t c) noexcept;

/// A full canonical decomposition; `size` is 0 when there is none.
struct Decomposition {
  std::array<char32_t, 4> code_points{};
  std::size_t size = 0;
};
[[nodiscard]] Decomposition decompose(char32_t c) noexcept;

}  // namespace tt::tokenizer
