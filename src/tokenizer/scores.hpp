#pragma once

#include <string_view>

namespace tt::tokenizer {

/// The number that `text`, a valid JSON number, is to the tokenizers package: its reader takes the first 19 or 20
/// digits and one product or quotient, which may differ from the nearest number in the last bit. Ways to part a word
/// that are nearly equal come out as they do there only with the same bits.
[[nodiscard]] double read_score(std::string_view text) noexcept;

}  // namespace tt::tokenizer
