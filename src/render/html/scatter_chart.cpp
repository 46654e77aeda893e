#include "render/html/scatter_chart.hpp"

#include <algorithm>
#include <cmath>

#include "render/html/svg.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/render/printable.hpp"

namespace tt::report::html {
namespace {

constexpr double kHeight = 300;
constexpr double kLabelLine = 15;

bool is_there(const ScatterPoint& point) { return std::isfinite(point.x) && std::isfinite(point.y); }

struct PlacedLabel {
  const ScatterPoint* point = nullptr;
  double y = 0;
};

/// Labels from the top down, each moved below the one before where both would stand on the same spot.
Html labels(const Frame& frame, const std::vector<ScatterPoint>& points) {
  std::vector<PlacedLabel> placed;
  for (const ScatterPoint& point : points) {
    if (is_there(point)) placed.push_back({&point, frame.y(point.y) - 8});
  }
  std::stable_sort(placed.begin(), placed.end(), [](const auto& a, const auto& b) { return a.y < b.y; });
  Html out;
  for (std::size_t i = 0; i < placed.size(); ++i) {
    const double at = frame.x(placed[i].point->x);
    const std::string text = fitted(printable(placed[i].point->label), kFontSize, 0.55 * frame.width);
    const double width = text_width(text, kFontSize);
    const bool is_left = at + 8 + width > frame.right;
    for (std::size_t j = 0; j < i; ++j) {
      const double distance = std::abs(frame.x(placed[j].point->x) - at);
      if (distance < width + 20 && placed[i].y - placed[j].y < kLabelLine) placed[i].y = placed[j].y + kLabelLine;
    }
    out += svg_text(at + (is_left ? -9 : 9), placed[i].y + 4, text, is_left ? Anchor::end : Anchor::start,
                    concat("name halo ", series_class(placed[i].point->colour)));
  }
  return out;
}

}  // namespace

Html scatter_chart(const ScatterChart& chart, double width) {
  std::vector<double> xs;
  std::vector<double> ys;
  for (const ScatterPoint& point : chart.points) {
    if (!is_there(point)) continue;
    xs.push_back(point.x);
    ys.insert(ys.end(), {point.y, point.y_interval.low, point.y_interval.high});
  }
  FrameAxes axes;
  const Range x = range_of(xs);
  axes.x_is_log = x.low > 0 && x.high / x.low > 5;
  axes.x_range = axes.x_is_log ? Range{x.low / 1.5, x.high * 1.5} : rounded_out({0, std::max(x.high, 1e-9)}, 5);
  axes.x_ticks = axes.x_is_log ? log_ticks(axes.x_range, chart.x_style) : ticks(axes.x_range, 5, chart.x_style);
  const Range y = rounded_out(range_of(ys), 5);
  axes.y_range = {std::max(y.low, chart.y_limits.low), std::min(y.high, chart.y_limits.high)};
  axes.y_ticks = ticks(axes.y_range, 5, chart.y_style);
  axes.x_title = chart.x_title;
  axes.y_title = chart.y_title;
  const Frame frame = make_frame(width, kHeight, axes);
  Html out = draw_axes(frame, axes);
  for (const ScatterPoint& point : chart.points) {
    if (!is_there(point)) continue;
    const std::string colour = series_class(point.colour);
    const double at = frame.x(point.x);
    if (std::isfinite(point.y_interval.low) && std::isfinite(point.y_interval.high)) {
      out += svg_line(at, frame.y(point.y_interval.low), at, frame.y(point.y_interval.high), "whisker " + colour);
    }
    out += with_tooltip(svg_path(mark_path(point.colour, at, frame.y(point.y), 6), "mark " + colour), point.tooltip);
  }
  return svg(width, frame.height, chart.description, out + labels(frame, chart.points));
}

Html point_map(const PointMap& map, double size) {
  const double top = map.title.empty() ? 0 : 22;
  const Range x = range_of(map.x);
  const Range y = range_of(map.y);
  // One scale for both, or distances would mean different things along each.
  const double extent = std::max({x.high - x.low, y.high - y.low, 1e-12}) / 2;
  const auto around = [&](const Range& range) {
    const double middle = (range.low + range.high) / 2;
    return Range{middle - extent, middle + extent};
  };
  const Scale place_x(around(x), 8, size - 8);
  const Scale place_y(around(y), top + size - 8, top + 8);
  std::string dots;
  std::vector<std::string> marks(kSeriesColours);  // one path a group: a thousand elements would be slow to show
  for (std::size_t i = 0; i < map.x.size() && i < map.y.size(); ++i) {
    if (!std::isfinite(map.x[i]) || !std::isfinite(map.y[i])) continue;
    const double at_x = place_x(map.x[i]);
    const double at_y = place_y(map.y[i]);
    const int group = i < map.groups.size() ? map.groups[i] : -1;
    if (group < 0) {
      dots += concat("M", number(std::round(at_x * 10) / 10), " ", number(std::round(at_y * 10) / 10), "h0");
    } else {
      const auto kind = static_cast<std::size_t>(group) % kSeriesColours;
      marks[kind] += mark_path(kind, at_x, at_y, 4);
    }
  }
  Html out = map.title.empty() ? Html() : svg_text(0, 13, map.title, Anchor::start, "strong");
  out += svg_rect(0.5, top + 0.5, size - 1, size - 1, "box");
  if (!dots.empty()) out += svg_path(dots, "dots");
  for (std::size_t kind = 0; kind < marks.size(); ++kind) {
    if (!marks[kind].empty()) out += svg_path(marks[kind], "mark " + series_class(kind));
  }
  return svg(size, top + size, map.description, out);
}

}  // namespace tt::report::html
