#include "render/html/histogram.hpp"

#include <algorithm>
#include <cmath>

#include "render/html/svg.hpp"
#include "transfer_tune/core/text.hpp"

namespace tt::report::html {
namespace {

constexpr double kHeight = 250;

/// The outline of the bins that have a height, from one foot to the other.
std::string outline(const Frame& frame, const std::vector<double>& edges, const std::vector<double>& heights) {
  std::string d = concat("M", number(frame.x(edges.front())), " ", number(frame.bottom));
  for (std::size_t i = 0; i < heights.size() && i + 1 < edges.size(); ++i) {
    const std::string y = number(frame.y(std::isfinite(heights[i]) ? heights[i] : 0));
    d += concat("L", number(frame.x(edges[i])), " ", y, "L", number(frame.x(edges[i + 1])), " ", y);
  }
  return concat(d, "L", number(frame.x(edges.back())), " ", number(frame.bottom));
}

}  // namespace

Html histogram(const Histogram& chart, double width) {
  std::vector<LegendEntry> named;
  std::vector<double> heights{0};
  for (const HistogramSeries& series : chart.series) {
    named.push_back({series.name, series.colour, 1});
    heights.insert(heights.end(), series.heights.begin(), series.heights.end());
  }
  const Legend legend = draw_legend(named, width);
  FrameAxes axes;
  axes.x_range = range_of(chart.edges);
  axes.y_range = {0, rounded_out(range_of(heights), 4).high};
  axes.x_ticks = ticks(axes.x_range, 6, chart.x_style);
  axes.y_ticks = ticks(axes.y_range, 4, chart.y_style);
  axes.x_title = chart.x_title;
  axes.y_title = chart.y_title;
  axes.space_above = legend.height;
  const Frame frame = make_frame(width, kHeight + legend.height, axes);
  Html out = legend.content + draw_axes(frame, axes);
  for (const HistogramSeries& series : chart.series) {
    if (series.heights.empty() || chart.edges.size() < 2) continue;
    const std::string d = outline(frame, chart.edges, series.heights);
    out +=
        svg_path(d + "Z", "area " + series_class(series.colour)) + svg_path(d, "line " + series_class(series.colour));
  }
  if (chart.threshold && *chart.threshold >= axes.x_range.low && *chart.threshold <= axes.x_range.high) {
    const double x = frame.x(*chart.threshold);
    const bool is_left = x > (frame.left + frame.right) / 2;
    out += svg_line(x, frame.top, x, frame.bottom, "reference");
    out += svg_text(x + (is_left ? -5 : 5), frame.top + 12, chart.threshold_label,
                    is_left ? Anchor::end : Anchor::start, "halo");
  }
  return svg(width, frame.height, chart.description, out);
}

}  // namespace tt::report::html
