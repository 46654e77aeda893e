#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "render/scale.hpp"
#include "transfer_tune/evaluation/bootstrap.hpp"
#include "transfer_tune/evaluation/metrics.hpp"

// What charts show, as plain structs; how they are drawn is the business of html/. Colours and shapes are numbers: the
// same number is the same series everywhere in a report.

namespace tt::report {

/// Series that colour and shape tell apart.
inline constexpr std::size_t kSeriesColours = 6;

/// What an image is, for those who cannot see it: a name, and in a sentence or two what there is to see.
struct Description {
  std::string title;
  std::string text;
};

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

/// Lines over x with bands; each line's name at its end where the chart is wide enough, else in a legend.
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

/// One line of a chart: a figure, its interval where there is one, and how both read.
struct ChartRow {
  std::string label;
  double value = evaluation::kUndefined;
  evaluation::Interval interval{};
  std::string text;
  std::size_t colour = 0;
  bool is_muted = false;  ///< a floor or another thing to stand beside
};

/// A row a figure: its label, a bar or mark with the interval across it, the figure in words. On a narrow chart the
/// label stands above.
struct RowChart {
  Description description;
  std::string x_title;
  NumberStyle x_style = NumberStyle::plain;
  std::optional<Range> x_range;          ///< absent: what the figures need
  bool has_bars = true;                  ///< from zero; else a mark at the figure
  std::optional<double> reference = {};  ///< a line across all rows
  std::vector<ChartRow> rows;
};

/// A named point with the spread of its y.
struct ScatterPoint {
  std::string label;
  double x = evaluation::kUndefined;
  double y = evaluation::kUndefined;
  evaluation::Interval y_interval{};
  std::size_t colour = 0;
  std::string tooltip;
};

/// Few points, each with its name beside it; x is logarithmic where it spans more than a factor of five.
struct ScatterChart {
  Description description;
  std::string x_title, y_title;
  NumberStyle x_style = NumberStyle::plain;
  NumberStyle y_style = NumberStyle::plain;
  Range y_limits{-1e300, 1e300};  ///< that the axis never goes beyond
  std::vector<ScatterPoint> points;
};

/// Many points of a plane: those of a few groups told apart by colour and shape, the others as grey dots. `x` and `y`
/// have no units.
struct PointMap {
  Description description;
  std::string title;  ///< above it
  std::vector<double> x, y;
  std::vector<int> groups;  ///< of each point; negative: none
};

/// Maps of the same points side by side, under one legend.
struct PointMaps {
  std::vector<std::string> groups;  ///< names
  std::vector<PointMap> maps;
};

struct HistogramSeries {
  std::string name;
  std::vector<double> heights;  ///< one a bin
  std::size_t colour = 0;
};

/// Series over the same bins, one over the other, each filled faintly under its outline.
struct Histogram {
  Description description;
  std::string x_title, y_title;
  NumberStyle x_style = NumberStyle::plain;
  NumberStyle y_style = NumberStyle::plain;
  std::vector<double> edges;  ///< of the bins, rising; one more than there are bins
  std::vector<HistogramSeries> series;
  std::optional<double> threshold = {};
  std::string threshold_label;
};

struct HeatCell {
  std::size_t row = 0;
  std::size_t column = 0;
  double strength = 0;   ///< 0 (as if empty) to 1
  bool is_good = false;  ///< takes the first colour; else the second
  std::string text;      ///< inside, where there is room
  std::string tooltip;
};

/// A square around rows and columns `first` to `first + count - 1`, with its number.
struct HeatGroup {
  std::size_t first = 0;
  std::size_t count = 0;
  std::string label;
};

/// A square matrix. Rows are named where names can be read; with more of them, a cell's tooltip says whose it is.
struct HeatMap {
  Description description;
  std::string row_title, column_title;
  std::vector<std::string> names;  ///< of rows and columns alike
  std::vector<HeatCell> cells;     ///< those that are not empty
  std::vector<HeatGroup> groups;
};

}  // namespace tt::report
