#pragma once

#include <string>
#include <vector>

#include "render/html/svg.hpp"

namespace tt::report::html {

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

struct HeatMap {
  Description description;
  std::string row_title, column_title;
  std::vector<std::string> names;  ///< of rows and columns alike
  std::vector<HeatCell> cells;     ///< those that are not empty
  std::vector<HeatGroup> groups;
};

/// A square matrix. Rows are named where names can be read; with more of them, a cell's tooltip says whose it is.
[[nodiscard]] Html heat_map(const HeatMap& map, double width);

}  // namespace tt::report::html
