#include "render/html/line_chart.hpp"

#include <algorithm>
#include <cmath>

#include "render/html/svg.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/render/printable.hpp"

namespace tt::report::html {
namespace {

constexpr double kLabelLine = 15;
constexpr double kWidestLabel = 170;
constexpr double kNarrowest = 480;  ///< that names at the lines' ends find room in

Range y_range(const LineChart& chart) {
  std::vector<double> values;
  for (const LineSeries& series : chart.series) {
    for (const LinePoint& point : series.points) {
      values.insert(values.end(), {point.y, point.low, point.high});
    }
  }
  if (chart.y_from_zero) values.push_back(0);
  const Range range = rounded_out(range_of(values), 5);
  return {std::max(range.low, chart.y_limits.low), std::min(range.high, chart.y_limits.high)};
}

/// Stretches of points without a gap.
std::vector<std::vector<LinePoint>> pieces(const LineSeries& series) {
  std::vector<std::vector<LinePoint>> out;
  bool is_open = false;
  for (const LinePoint& point : series.points) {
    const bool is_there = std::isfinite(point.y) && std::isfinite(point.x);
    if (is_there && !is_open) out.emplace_back();
    if (is_there) out.back().push_back(point);
    is_open = is_there;
  }
  return out;
}

/// The spread around a line; around a lone point, a thin line.
Html spread(const Frame& frame, const std::vector<LinePoint>& piece, const LineSeries& series) {
  std::string forth;
  std::string back;
  std::size_t count = 0;
  for (const LinePoint& point : piece) {
    if (!std::isfinite(point.low) || !std::isfinite(point.high)) continue;
    const std::string x = number(frame.x(point.x));
    forth += concat(count == 0 ? "M" : "L", x, " ", number(frame.y(point.high)));
    back = concat("L", x, " ", number(frame.y(point.low)), back);
    ++count;
  }
  if (count > 1) return svg_path(forth + back + "Z", "area " + series_class(series.colour));
  Html out;
  for (const LinePoint& point : piece) {
    if (!std::isfinite(point.low) || !std::isfinite(point.high)) continue;
    const double x = frame.x(point.x);
    out += svg_line(x, frame.y(point.low), x, frame.y(point.high), "whisker " + series_class(series.colour));
  }
  return out;
}

Html line(const Frame& frame, const std::vector<LinePoint>& piece, const LineSeries& series) {
  std::string d;
  for (const LinePoint& point : piece) {
    d += concat(d.empty() ? "M" : "L", number(frame.x(point.x)), " ", number(frame.y(point.y)));
  }
  return svg_path(d, concat(series.dashed ? "line dashed " : "line ", series_class(series.colour)));
}

Html marks(const Frame& frame, const std::vector<LinePoint>& piece, const LineSeries& series) {
  Html out;
  for (const LinePoint& point : piece) {
    if (!series.has_marks && piece.size() > 1) continue;
    const Html mark = svg_path(mark_path(series.colour, frame.x(point.x), frame.y(point.y), 4),
                               "mark " + series_class(series.colour));
    out += point.tooltip.empty() ? mark : with_tooltip(mark, point.tooltip);
  }
  return out;
}

/// Where names stand: as near to their lines' ends as they can without overlapping.
struct EndLabel {
  const LineSeries* series = nullptr;
  double wanted = 0;
  double y = 0;
};

std::vector<EndLabel> end_labels(const Frame& frame, const LineChart& chart) {
  std::vector<EndLabel> labels;
  labels.reserve(chart.series.size());
  for (const LineSeries& series : chart.series) {
    const auto last = std::find_if(series.points.rbegin(), series.points.rend(),
                                   [](const LinePoint& point) { return std::isfinite(point.y); });
    if (series.is_named && last != series.points.rend()) labels.push_back({&series, frame.y(last->y), 0});
  }
  std::stable_sort(labels.begin(), labels.end(),
                   [](const EndLabel& a, const EndLabel& b) { return a.wanted < b.wanted; });
  double free_from = frame.top;
  for (EndLabel& label : labels) {
    label.y = std::max(label.wanted, free_from);
    free_from = label.y + kLabelLine;
  }
  double free_to = frame.bottom + kLabelLine / 2;
  for (std::size_t i = labels.size(); i-- > 0;) {
    EndLabel& label = labels[i];
    label.y = std::min(label.y, free_to);
    free_to = label.y - kLabelLine;
  }
  return labels;
}

}  // namespace

Html line_chart(const LineChart& chart, double width) {
  std::vector<LegendEntry> named;
  double widest = 0;
  for (const LineSeries& series : chart.series) {
    if (!series.is_named) continue;
    named.push_back({series.name, series.colour, series.colour});
    widest = std::max(widest, text_width(printable(series.name), kFontSize));
  }
  const bool is_labelled = width >= kNarrowest && named.size() > 1;
  const Legend legend = !is_labelled && named.size() > 1 ? draw_legend(named, width) : Legend{};
  FrameAxes axes;
  axes.x_range = chart.x_range;
  axes.y_range = y_range(chart);
  axes.x_ticks = chart.x_ticks;
  axes.y_ticks = ticks(axes.y_range, 5, chart.y_style);
  axes.x_title = chart.x_title;
  axes.y_title = chart.y_title;
  axes.space_above = legend.height;
  if (is_labelled) axes.space_right = std::min(widest, kWidestLabel) + 16;
  const Frame frame = make_frame(width, chart.height + legend.height, axes);

  Html out = legend.content;
  for (std::size_t i = 0; i < chart.stretches.size(); ++i) {
    const Stretch& stretch = chart.stretches[i];
    const double from = frame.x(stretch.from);
    const double to = frame.x(stretch.to);
    if (i % 2 == 1) out += svg_rect(from, frame.top, to - from, frame.bottom - frame.top, "shade");
    if (i > 0) out += svg_line(from, frame.top, from, frame.bottom, "grid");
    out += svg_text((from + to) / 2, frame.top + 12, fitted(printable(stretch.label), kFontSize, to - from - 4),
                    Anchor::middle, "soft");
  }
  out += draw_axes(frame, axes);
  for (const LineSeries& series : chart.series) {
    for (const auto& piece : pieces(series)) out += spread(frame, piece, series);
  }
  for (const LineSeries& series : chart.series) {
    for (const auto& piece : pieces(series)) out += line(frame, piece, series) + marks(frame, piece, series);
  }
  if (is_labelled) {
    for (const EndLabel& label : end_labels(frame, chart)) {
      out += svg_text(frame.right + 6, label.y + 4, fitted(printable(label.series->name), kFontSize, kWidestLabel),
                      Anchor::start, "name " + series_class(label.series->colour));
    }
  }
  return svg(width, frame.height, chart.description, out);
}

}  // namespace tt::report::html
