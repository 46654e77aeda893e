#pragma once

#include <string>
#include <vector>

#include "render/html/svg.hpp"
#include "transfer_tune/evaluation/bootstrap.hpp"

namespace tt::report::html {

/// A named point with the spread of its y.
struct ScatterPoint {
  std::string label;
  double x = evaluation::kUndefined;
  double y = evaluation::kUndefined;
  evaluation::Interval y_interval{};
  std::size_t colour = 0;
  std::string tooltip;
};

struct ScatterChart {
  Description description;
  std::string x_title, y_title;
  NumberStyle x_style = NumberStyle::plain;
  NumberStyle y_style = NumberStyle::plain;
  Range y_limits{-1e300, 1e300};  ///< that the axis never goes beyond
  std::vector<ScatterPoint> points;
};

/// Few points, each with its name beside it; x is logarithmic where it spans more than a factor of five.
[[nodiscard]] Html scatter_chart(const ScatterChart& chart, double width);

/// Many points of a plane: those of a few groups told apart by colour and shape, the others as grey dots. `x` and `y`
/// have no units.
struct PointMap {
  Description description;
  std::string title;  ///< above it
  std::vector<double> x, y;
  std::vector<int> groups;  ///< of each point; negative: none
};
[[nodiscard]] Html point_map(const PointMap& map, double size);

}  // namespace tt::report::html
