#pragma once

#include "render/charts.hpp"
#include "render/html/html.hpp"

namespace tt::report::html {

[[nodiscard]] Html scatter_chart(const ScatterChart& chart, double width);
[[nodiscard]] Html point_map(const PointMap& map, double size);

}  // namespace tt::report::html
