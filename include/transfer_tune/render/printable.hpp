#pragma once

#include <string>
#include <string_view>

namespace tt::report {

/// `text` for a terminal or a code block: controls (line breaks too), directional marks and the like by name, as
/// "[U+001B]"; bytes that are not UTF-8 as U+FFFD.
[[nodiscard]] std::string printable(std::string_view text);

/// The same, but for line breaks, which stay.
[[nodiscard]] std::string printable_lines(std::string_view text);

/// The same on one line: line breaks and tabs are spaces.
[[nodiscard]] std::string printable_line(std::string text);

}  // namespace tt::report
