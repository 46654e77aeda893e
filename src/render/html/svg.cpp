#include "render/html/svg.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "transfer_tune/core/text.hpp"
#include "transfer_tune/render/printable.hpp"

namespace tt::report::html {
namespace {

constexpr double kLineHeight = 18;

/// "M x y L x y … Z" through these places.
std::string polygon(const std::vector<std::pair<double, double>>& places) {
  std::string d;
  for (const auto& [x, y] : places) d += concat(d.empty() ? "M" : "L", number(x), " ", number(y));
  return d + "Z";
}

}  // namespace

Html svg(double width, double height, const Description& description, const Html& content) {
  const std::string box = concat("0 0 ", number(width), " ", number(height));
  return element(
      "svg",
      {{"viewBox", box}, {"width", width}, {"height", height}, {"role", "img"}, {"aria-label", description.title}},
      element("title", description.title) + element("desc", description.text) + content);
}

Html svg_text(double x, double y, const std::string& text, Anchor anchor, const std::string& style) {
  Attributes attributes{{"x", x}, {"y", y}};
  if (anchor != Anchor::start) attributes.push_back({"text-anchor", anchor == Anchor::end ? "end" : "middle"});
  if (!style.empty()) attributes.push_back({"class", style});
  return element("text", attributes, text);
}

Html svg_line(double x1, double y1, double x2, double y2, const std::string& style) {
  return empty_element("line", {{"x1", x1}, {"y1", y1}, {"x2", x2}, {"y2", y2}, {"class", style}});
}

Html svg_rect(double x, double y, double width, double height, const std::string& style) {
  return empty_element("rect", {{"x", x}, {"y", y}, {"width", width}, {"height", height}, {"class", style}});
}

Html svg_path(const std::string& d, const std::string& style) {
  return empty_element("path", {{"d", d}, {"class", style}});
}

std::string mark_path(std::size_t shape, double x, double y, double r) {
  switch (shape % kMarkShapes) {
    case 1: {  // square
      const double a = 0.87 * r;
      return polygon({{x - a, y - a}, {x + a, y - a}, {x + a, y + a}, {x - a, y + a}});
    }
    case 2:  // triangle
      return polygon({{x, y - 1.25 * r}, {x + 1.15 * r, y + 0.85 * r}, {x - 1.15 * r, y + 0.85 * r}});
    case 3:  // diamond
      return polygon({{x, y - 1.25 * r}, {x + 1.25 * r, y}, {x, y + 1.25 * r}, {x - 1.25 * r, y}});
    case 4: {  // cross
      const double a = 0.42 * r;
      const double b = 1.2 * r;
      return polygon({{x - a, y - b},
                      {x + a, y - b},
                      {x + a, y - a},
                      {x + b, y - a},
                      {x + b, y + a},
                      {x + a, y + a},
                      {x + a, y + b},
                      {x - a, y + b},
                      {x - a, y + a},
                      {x - b, y + a},
                      {x - b, y - a},
                      {x - a, y - a}});
    }
    case 5:  // triangle on its head
      return polygon({{x, y + 1.25 * r}, {x + 1.15 * r, y - 0.85 * r}, {x - 1.15 * r, y - 0.85 * r}});
    default:  // circle
      return concat("M", number(x - r), " ", number(y), "a", number(r), " ", number(r), " 0 1 0 ", number(2 * r), " 0a",
                    number(r), " ", number(r), " 0 1 0 ", number(-2 * r), " 0Z");
  }
}

Html with_tooltip(const Html& content, const std::string& text) {
  return element("g", element("title", text) + content);
}

std::string series_class(std::size_t colour) { return concat("s", colour % kSeriesColours); }

Html figure(const std::function<Html(double width)>& draw, const Html& caption) {
  return element("figure", element("div", {{"class", "wide"}}, draw(kWide)) +
                               element("div", {{"class", "narrow"}}, draw(kNarrow)) +
                               (caption.empty() ? Html() : element("figcaption", caption)));
}

Frame make_frame(double width, double height, const FrameAxes& axes) {
  double labels = 0;
  for (const Tick& tick : axes.y_ticks) labels = std::max(labels, text_width(tick.label, kFontSize));
  Frame frame;
  frame.width = width;
  frame.height = height;
  frame.left = labels + 10;
  frame.right = width - axes.space_right;
  frame.top = axes.space_above + (axes.y_title.empty() ? 10 : 26);
  frame.bottom = height - (axes.x_title.empty() ? 24 : 44);
  frame.x = Scale(axes.x_range, frame.left + 8, frame.right - 8, axes.x_is_log);
  frame.y = Scale(axes.y_range, frame.bottom, frame.top);
  return frame;
}

Html draw_axes(const Frame& frame, const FrameAxes& axes) {
  Html out;
  for (const Tick& tick : axes.y_ticks) {
    const double y = frame.y(tick.value);
    out += svg_line(frame.left, y, frame.right, y, "grid");
    out += svg_text(frame.left - 6, y + 4, tick.label, Anchor::end);
  }
  double free_from = -std::numeric_limits<double>::infinity();
  for (const Tick& tick : axes.x_ticks) {
    const double x = frame.x(tick.value);
    const double half = text_width(tick.label, kFontSize) / 2;
    out += svg_line(x, frame.bottom, x, frame.bottom + 4, "axis");
    if (x - half < free_from || x + half > frame.width + 4) continue;
    out += svg_text(x, frame.bottom + 17, tick.label, Anchor::middle);
    free_from = x + half + 6;
  }
  out += svg_line(frame.left, frame.bottom, frame.right, frame.bottom, "axis");
  if (!axes.y_title.empty()) out += svg_text(0, axes.space_above + 13, axes.y_title, Anchor::start, "soft");
  if (!axes.x_title.empty()) {
    out += svg_text((frame.left + frame.right) / 2, frame.height - 6, axes.x_title, Anchor::middle, "soft");
  }
  return out;
}

Legend draw_legend(const std::vector<LegendEntry>& entries, double width) {
  Legend legend;
  double x = 0;
  double y = 0;
  for (const LegendEntry& entry : entries) {
    const std::string name = fitted(printable(entry.name), kFontSize, width - 20);
    const double space = 18 + text_width(name, kFontSize);
    if (x > 0 && x + space > width) {
      x = 0;
      y += kLineHeight;
    }
    legend.content += svg_path(mark_path(entry.shape, x + 6, y + 8, 5), "mark " + series_class(entry.colour));
    legend.content += svg_text(x + 16, y + 12, name);
    x += space + 16;
  }
  legend.height = entries.empty() ? 0 : y + kLineHeight + 4;
  return legend;
}

}  // namespace tt::report::html
