#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace tt::tokenizer {

/// What a code point does to the ends of grapheme clusters. CR, LF and ZWJ are told apart by their code points.
enum class ClusterClass : std::uint8_t {
  other,
  control,       ///< alone; CR and LF too
  extend,        ///< goes with what is before it
  linked,        ///< the same, and keeps a conjunct of Indic consonants open
  linker,        ///< the same, and makes a conjunct of them
  spacing,       ///< goes with what is before it, but ends what pictographs may be joined over
  prepend,       ///< goes with what is behind it
  pictographic,  ///< joined to another by ZWJ
  consonant,     ///< joined to another by a linker
  leading,       ///< Hangul jamo and syllables
  vowel,
  trailing,
  open_syllable,
  closed_syllable,
};

/// What the `tokenizers` package thinks of a code point.
struct Character {
  enum Flag : std::uint16_t {
    dropped = 1U << 0U,  ///< removed by BertNormalizer's clean_text; a whitespace one is not dropped but blanked
    whitespace = 1U << 1U,
    cjk = 1U << 2U,          ///< set apart by BertNormalizer's handle_chinese_chars
    mark = 1U << 3U,         ///< removed by BertNormalizer's strip_accents
    punctuation = 1U << 4U,  ///< a word of its own for BertPreTokenizer
    word = 1U << 5U,         ///< makes an adjacent added token with single_word a part of a word
    decomposes = 1U << 6U,   ///< has a canonical decomposition
    lowers = 1U << 7U,       ///< has a lowercase mapping
    combining = 1U << 8U,    ///< removed by StripAccents
    numeric = 1U << 9U,      ///< parted from others by Digits
    folds = 1U << 10U,       ///< has another compatibility decomposition than a canonical one
    joins = 1U << 11U,       ///< may be composed with what is before it
  };
  std::uint16_t flags;
  std::uint8_t combining_class;  ///< canonical; 0: a starter
  std::uint8_t cluster;          ///< a ClusterClass

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

/// `first` and `second` become `composed`.
struct Composition {
  char32_t first;
  char32_t second;
  char32_t composed;
};

inline constexpr std::size_t kPageSize = 128;
/// Code points from `first` on, up to the next run's, are of one script.
struct ScriptRun {
  char32_t first;
  std::uint8_t script;
};

extern const Character kCharacters[];
extern const std::uint16_t kPageOf[];
extern const std::uint8_t kPages[];
extern const std::span<const Mapping> kDecompositions;    ///< sorted by `from`; without the Hangul syllables
extern const std::span<const Mapping> kFoldings;          ///< compatibility decompositions, sorted by `from`
extern const std::span<const Mapping> kLowercases;        ///< sorted by `from`
extern const std::span<const Composition> kCompositions;  ///< sorted; without the Hangul syllables
extern const char32_t kMapped[];
extern const std::span<const ScriptRun> kScriptRuns;  ///< of script_tables.cpp; sorted, the first from 0

}  // namespace tables

/// The properties of a code point up to U+10FFFF.
[[nodiscard]] inline Character character(char32_t c) noexcept {
  const std::size_t page = tables::kPageOf[c / tables::kPageSize];
  return tables::kCharacters[tables::kPages[page * tables::kPageSize + c % tables::kPageSize]];
}

[[nodiscard]] inline ClusterClass cluster_class(char32_t c) noexcept {
  return static_cast<ClusterClass>(character(c).cluster);
}

/// The number of the script of a code point, as UnicodeScripts tells them apart; 0: it goes with every one.
[[nodiscard]] std::uint8_t script_of(char32_t c) noexcept;

/// How many bytes of whitespace `text`, which must be valid UTF-8, starts with.
[[nodiscard]] std::size_t leading_whitespace(std::string_view text) noexcept;

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

/// A full compatibility decomposition, for code points with the flag `folds`; empty for others.
[[nodiscard]] std::span<const char32_t> fold(char32_t c) noexcept;

/// What the two compose to, 0 if nothing.
[[nodiscard]] char32_t compose(char32_t first, char32_t second) noexcept;

}  // namespace tt::tokenizer
