#include "render/html/row_chart.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "render/html/svg.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/render/printable.hpp"

namespace tt::report::html {
namespace {

constexpr double kNarrowest = 480;  ///< that labels find room in beside their rows
constexpr double kRow = 26;
constexpr double kRowUnderLabel = 40;
constexpr double kBar = 14;

Range x_range(const RowChart& chart) {
  if (chart.x_range) return *chart.x_range;
  std::vector<double> values{0};
  for (const ChartRow& row : chart.rows) {
    values.insert(values.end(), {row.value, row.interval.low, row.interval.high});
  }
  return rounded_out(range_of(values), 5);
}

Html drawn(const ChartRow& row, const Scale& x, double y, bool is_bar) {
  if (!std::isfinite(row.value)) return {};
  const std::string colour = row.is_muted ? "muted" : series_class(row.colour);
  const double zero = x(0);
  const double at = x(row.value);
  Html out;
  if (is_bar) {
    out += svg_rect(std::min(zero, at), y - kBar / 2, std::max(std::abs(at - zero), 1.0), kBar, "bar " + colour);
  }
  if (std::isfinite(row.interval.low) && std::isfinite(row.interval.high)) {
    const double low = x(row.interval.low);
    const double high = x(row.interval.high);
    const std::string style = is_bar ? "error" : "whisker " + colour;
    out += svg_line(low, y, high, y, style);
    for (const double end : {low, high}) out += svg_line(end, y - 4, end, y + 4, style);
  }
  if (!is_bar) out += svg_path(mark_path(row.colour, at, y, 5), "mark " + colour);
  return out;
}

}  // namespace

Html row_chart(const RowChart& chart, double width) {
  const bool is_wide = width >= kNarrowest;
  double labels = 0;
  double texts = 0;
  for (const ChartRow& row : chart.rows) {
    labels = std::max(labels, text_width(printable(row.label), kFontSize));
    texts = std::max(texts, text_width(row.text, kFontSize));
  }
  const double left = is_wide ? std::min(labels, 0.4 * width) + 12 : 6;
  const double right = width - texts - 12;
  const double row_height = is_wide ? kRow : kRowUnderLabel;
  const double bottom = row_height * static_cast<double>(chart.rows.size()) + 6;
  const Range range = x_range(chart);
  const Scale x(range, left, right);

  Html out;
  double free_from = -std::numeric_limits<double>::infinity();
  for (const Tick& tick : ticks(range, is_wide ? 5 : 3, chart.x_style)) {
    const double at = x(tick.value);
    out += svg_line(at, 2, at, bottom, "grid");
    const double half = text_width(tick.label, kFontSize) / 2;
    if (at - half < free_from) continue;
    out += svg_text(at, bottom + 15, tick.label, at - half < 0 ? Anchor::start : Anchor::middle);
    free_from = at + half + 6;
  }
  if (chart.reference) out += svg_line(x(*chart.reference), 2, x(*chart.reference), bottom, "reference");
  for (std::size_t i = 0; i < chart.rows.size(); ++i) {
    const ChartRow& row = chart.rows[i];
    const double top = row_height * static_cast<double>(i) + 4;
    const double y = is_wide ? top + kRow / 2 : top + 26;
    const std::string label = fitted(printable(row.label), kFontSize, is_wide ? left - 10 : width);
    out += is_wide ? svg_text(left - 10, y + 4, label, Anchor::end) : svg_text(0, top + 12, label);
    out += drawn(row, x, y, chart.has_bars);
    out += svg_text(width, y + 4, row.text, Anchor::end, row.is_muted ? "" : "strong");
  }
  if (!chart.x_title.empty()) {
    out += svg_text((left + right) / 2, bottom + 34, chart.x_title, Anchor::middle, "soft");
  }
  return svg(width, bottom + (chart.x_title.empty() ? 22 : 42), chart.description, out);
}

Html interval_cell(double value, const evaluation::Interval& interval) {
  constexpr double kWidth = 120;
  constexpr double kHeight = 16;
  const Scale x({0, 1}, 5, kWidth - 5);
  const Html content = svg_line(5, kHeight / 2, kWidth - 5, kHeight / 2, "grid") +
                       drawn({.label = "", .value = value, .interval = interval, .text = ""}, x, kHeight / 2, false);
  return element("svg",
                 {{"viewBox", concat("0 0 ", number(kWidth), " ", number(kHeight))},
                  {"width", kWidth},
                  {"height", kHeight},
                  {"aria-hidden", "true"}},
                 content);
}

}  // namespace tt::report::html
