#pragma once

#include <string>

#include "render/document.hpp"
#include "render/html/html.hpp"

namespace tt::report::html {

[[nodiscard]] Html html_of(const Inline& text);
[[nodiscard]] Html html_of(const Blocks& blocks);

/// A page: one file, which loads nothing and runs no script. Sections without content are left out.
[[nodiscard]] std::string page_of(const Document& document);

}  // namespace tt::report::html
