#pragma once

#include "transfer_tune/tokenizer/tokenizer.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace tt::tokenizer {

/// Whether the vocabulary hardly knows the language or the script of `text`, which became `ids`: more than a tenth
/// of its pieces are unknown, or they are hardly longer than single characters (where a character is a syllable or a
/// word, as in Chinese, Japanese and Korean, than parts of one).
[[nodiscard]] bool falls_apart(const Tokenizer& tokenizer, std::string_view text, std::span<const std::int32_t> ids);

}  // namespace tt::tokenizer
