#pragma once

#include <string>
#include <vector>

#include "render/html/svg.hpp"
#include "transfer_tune/evaluation/metrics.hpp"

namespace tt::report::html {

/// A figure at a place, with the band around it. What is not a number is left out: a line has a gap there.
struct LinePoint {
  double x = 0;
  double y = evaluation::kUndefined;
  double low = evaluation::kUndefined;
  double high = evaluation::kUndefined;
  std::string tooltip{};
};

struct LineSeries {
  std::string name;
  std::vector<LinePoint> points;  ///< in the order of x
  std::size_t colour = 0;
  bool dashed = false;
  bool has_marks = true;
  bool is_named = true;  ///< beside its end, or in the legend
};

/// A stretch of x, told apart from the next by its shade and a line.
struct Stretch {
  double from = 0;
  double to = 0;
  std::string label;
};

struct LineChart {
  Description description;
  std::string x_title, y_title;
  std::vector<Tick> x_ticks;
  Range x_range;
  NumberStyle y_style = NumberStyle::plain;
  Range y_limits{-1e300, 1e300};  ///< that the axis never goes beyond
  bool y_from_zero = false;
  std::vector<LineSeries> series;
  std::vector<Stretch> stretches{};
  double height = 280;
};

/// Lines over x with bands; each line's name at its end where the chart is wide enough, else in a legend.
[[nodiscard]] Html line_chart(const LineChart& chart, double width);

}  // namespace tt::report::html
