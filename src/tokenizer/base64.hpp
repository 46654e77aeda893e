#pragma once

#include <string>
#include <string_view>

namespace tt::tokenizer {

/// The bytes that `text` spells in base64 (RFC 4648, section 4), padding included. Throws `CheckpointError` for
/// anything else.
[[nodiscard]] std::string decode_base64(std::string_view text);

/// The other way.
[[nodiscard]] std::string encode_base64(std::string_view bytes);

}  // namespace tt::tokenizer
