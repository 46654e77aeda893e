#pragma once

#include <string>
#include <vector>

#include "render/html/html.hpp"

namespace tt::report::html {

/// A section of a page: its heading, the place that links lead to, what stands under it.
struct Section {
  std::string place;
  Html title;
  Html content;
};

struct Page {
  std::string title;  ///< of the window
  Html header;        ///< the first heading and what a reader wants to know first
  std::vector<Section> sections;
  Html footer;
};

/// A whole document in one file: nothing is loaded from anywhere, and no script runs; a Content-Security-Policy in the
/// page says so to the browser, and allows the page's own style sheet alone, by its hash. Sections without content are
/// left out.
[[nodiscard]] std::string document(const Page& page);

}  // namespace tt::report::html
