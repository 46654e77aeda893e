#pragma once

#include <string>

#include "render/document.hpp"

// A document as text. Pages for a browser are made in html/.

namespace tt::report {

/// GitHub-flavoured Markdown; charts and large figures are left out.
[[nodiscard]] std::string markdown_of(const Document& document);
[[nodiscard]] std::string markdown_of(const Blocks& blocks);

/// For a terminal: columns as wide as their widest cell, two spaces apart.
[[nodiscard]] std::string text_of(const Table& table);

}  // namespace tt::report
