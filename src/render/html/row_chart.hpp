#pragma once

#include <optional>
#include <string>
#include <vector>

#include "render/html/svg.hpp"
#include "transfer_tune/evaluation/bootstrap.hpp"

namespace tt::report::html {

/// One line of a chart: a figure, its interval where there is one, and how both read.
struct ChartRow {
  std::string label;
  double value = evaluation::kUndefined;
  evaluation::Interval interval{};
  std::string text;
  std::size_t colour = 0;
  bool is_muted = false;  ///< a floor or another thing to stand beside
};

struct RowChart {
  Description description;
  std::string x_title;
  NumberStyle x_style = NumberStyle::plain;
  std::optional<Range> x_range;          ///< absent: what the figures need
  bool has_bars = true;                  ///< from zero; else a mark at the figure
  std::optional<double> reference = {};  ///< a line across all rows
  std::vector<ChartRow> rows;
};

/// A row a figure: its label, a bar or mark with the interval across it, the figure in words. On a narrow chart the
/// label stands above.
[[nodiscard]] Html row_chart(const RowChart& chart, double width);

/// The same mark and interval on a scale from 0 to 1, for a table's cell. Says nothing to those who cannot see it: the
/// table holds the figures.
[[nodiscard]] Html interval_cell(double value, const evaluation::Interval& interval);

}  // namespace tt::report::html
