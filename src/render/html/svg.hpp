#pragma once

#include <functional>
#include <string>

#include "render/charts.hpp"
#include "render/html/html.hpp"
#include "render/scale.hpp"

// What charts are drawn with. Colours come from classes that the page's style sheet defines for light and dark: `s0` to
// `s5` set the colour of a series, which shapes take by being of class `line`, `mark`, `area` or `bar`.

namespace tt::report::html {

inline constexpr double kFontSize = 12;
/// Widths that a chart is drawn in: for a desk's screen and paper, and for a phone.
inline constexpr double kWide = 736;
inline constexpr double kNarrow = 326;

[[nodiscard]] Html svg(double width, double height, const Description& description, const Html& content);

enum class Anchor { start, middle, end };
/// `style` names further classes.
[[nodiscard]] Html svg_text(double x, double y, const std::string& text, Anchor anchor = Anchor::start,
                            const std::string& style = "");
[[nodiscard]] Html svg_line(double x1, double y1, double x2, double y2, const std::string& style);
[[nodiscard]] Html svg_rect(double x, double y, double width, double height, const std::string& style);
[[nodiscard]] Html svg_path(const std::string& d, const std::string& style);

/// Shapes that tell the kinds of points apart without colour.
inline constexpr std::size_t kMarkShapes = 6;
/// The mark number `shape` around a place, as path data; of about equal areas.
[[nodiscard]] std::string mark_path(std::size_t shape, double x, double y, double radius);

/// `content` shows `text` when it is pointed at.
[[nodiscard]] Html with_tooltip(const Html& content, const std::string& text);

/// "s2": the class of a series' colour; beyond the colours there are it starts anew.
[[nodiscard]] std::string series_class(std::size_t colour);

/// A chart in both widths, of which the page shows one, over its caption.
[[nodiscard]] Html figure(const std::function<Html(double width)>& draw, const Html& caption);

/// Where a chart's plot lies and what places figures take in it.
struct Frame {
  double width = 0, height = 0;
  double left = 0, top = 0;  ///< of the plot
  double right = 0, bottom = 0;
  Scale x, y;
};

struct FrameAxes {
  Range x_range, y_range;
  std::vector<Tick> x_ticks, y_ticks;
  std::string x_title, y_title;
  bool x_is_log = false;
  double space_right = 12;  ///< beside the plot, for labels
  double space_above = 0;   ///< for a legend
};

/// A plot of this size with room for what its axes say.
[[nodiscard]] Frame make_frame(double width, double height, const FrameAxes& axes);
/// Horizontal grid lines, numbers and titles. Labels along x that would overlap are left out.
[[nodiscard]] Html draw_axes(const Frame& frame, const FrameAxes& axes);

/// Names beside marks in a row that wraps; `height` says how far it reaches down.
struct LegendEntry {
  std::string name;
  std::size_t colour = 0;
  std::size_t shape = 0;
};
struct Legend {
  Html content;
  double height = 0;
};
[[nodiscard]] Legend draw_legend(const std::vector<LegendEntry>& entries, double width);

}  // namespace tt::report::html
