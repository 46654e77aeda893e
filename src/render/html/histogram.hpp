#pragma once

#include "render/charts.hpp"
#include "render/html/html.hpp"

namespace tt::report::html {

[[nodiscard]] Html histogram(const Histogram& chart, double width);

}  // namespace tt::report::html
