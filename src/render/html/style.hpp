#pragma once

#include <string>

namespace tt::report::html {

/// The style sheet of every page.
[[nodiscard]] const std::string& style_sheet();

}  // namespace tt::report::html
