#pragma once

#include <cstddef>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace tt {

/// The arguments streamed one after the other: `concat("row ", 3, ": empty")`.
template <class... Args>
[[nodiscard]] std::string concat(const Args&... args) {
  std::ostringstream out;
  (out << ... << args);
  return std::string(out.view());  // str() would hand out the stream's buffer, 512 bytes for a word
}

/// `parts` with `separator` between them.
[[nodiscard]] std::string join(const std::vector<std::string>& parts, std::string_view separator);

/// `text` in double quotes for a message: control characters and invalid UTF-8 escaped, cut after `limit` bytes.
[[nodiscard]] std::string quote(std::string_view text, std::size_t limit = 80);

/// `key` as a step of a JSON pointer: `~` and `/` escaped (RFC 6901), without the leading slash.
[[nodiscard]] std::string pointer_escape(std::string_view key);

/// Byte offset of the first byte that is not valid UTF-8 (overlong forms and surrogates included), if any.
[[nodiscard]] std::optional<std::size_t> find_invalid_utf8(std::string_view text);

/// `text` with each byte that is not valid UTF-8 replaced by U+FFFD.
[[nodiscard]] std::string valid_utf8(std::string_view text);

/// The candidate nearest to `name` by edit distance, if one is near enough to be what was meant.
[[nodiscard]] std::optional<std::string> nearest_name(std::string_view name,
                                                      const std::vector<std::string>& candidates);

/// True when `name` matches the glob `pattern` (`*` any run of characters, `?` one character).
[[nodiscard]] bool matches_glob(std::string_view pattern, std::string_view name);

}  // namespace tt
