#pragma once

#include "render/charts.hpp"
#include "render/html/html.hpp"

namespace tt::report::html {

[[nodiscard]] Html line_chart(const LineChart& chart, double width);

}  // namespace tt::report::html
