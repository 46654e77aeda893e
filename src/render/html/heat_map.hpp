#pragma once

#include "render/charts.hpp"
#include "render/html/html.hpp"

namespace tt::report::html {

[[nodiscard]] Html heat_map(const HeatMap& map, double width);

}  // namespace tt::report::html
