#pragma once

#include "tokenizer/words.hpp"
#include "transfer_tune/core/json.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace tt::tokenizer {

/// What becomes of the delimiters that a pre-tokenizer finds in a word.
enum class Parting : std::uint8_t {
  removed,               ///< what is between them are the words
  isolated,              ///< each is a word of its own
  contiguous,            ///< neighbours are one word
  merged_with_previous,  ///< it goes with what is before it
  merged_with_next,      ///< and with what is behind it
};

/// `value`, a string of one character.
[[nodiscard]] std::string read_character(const JsonView& value);

/// The parting that `behavior`, a string, names.
[[nodiscard]] Parting read_parting(const JsonView& behavior);
[[nodiscard]] std::string_view name_of(Parting parting);

/// A part of a word: a delimiter, or what is between two.
struct Stretch {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool is_delimiter = false;
};

/// Adds the parts of `word`, all of which `stretches` are in their order, none empty. Changes `stretches`.
void part(const Word& word, std::vector<Stretch>& stretches, Parting parting, Words& out);

}  // namespace tt::tokenizer
