#pragma once

#include <string_view>

// Where values begin and end in JSON text, without parsing them.

namespace tt::data {

inline constexpr std::string_view kJsonSpace = " \t\r\n";

/// `text` without the white space that it begins with.
[[nodiscard]] std::string_view skip_space(std::string_view text);

/// What `text` begins with up to a comma or closing bracket that is not inside of it: a value, where the JSON is valid.
/// White space at its end is left out.
[[nodiscard]] std::string_view json_value(std::string_view text);

}  // namespace tt::data
