#pragma once

#include <optional>
#include <string>
#include <vector>

#include "render/html/svg.hpp"

namespace tt::report::html {

struct HistogramSeries {
  std::string name;
  std::vector<double> heights;  ///< one a bin
  std::size_t colour = 0;
};

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

/// Series over the same bins, one over the other, each filled faintly under its outline.
[[nodiscard]] Html histogram(const Histogram& chart, double width);

}  // namespace tt::report::html
