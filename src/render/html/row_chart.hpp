#pragma once

#include "render/charts.hpp"
#include "render/html/html.hpp"

namespace tt::report::html {

[[nodiscard]] Html row_chart(const RowChart& chart, double width);

/// The same mark and interval on a scale from 0 to 1, for a table's cell. Says nothing to those who cannot see it: the
/// table holds the figures.
[[nodiscard]] Html interval_cell(double value, const evaluation::Interval& interval);

}  // namespace tt::report::html
