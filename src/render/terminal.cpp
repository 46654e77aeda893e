#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "render/backends.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"
#include "transfer_tune/render/printable.hpp"

namespace tt::report {
namespace {

constexpr std::size_t kCellLimit = 40;

std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string padded(const std::string& cell, std::size_t width, Align align) {
  const std::string space(width - code_points(cell), ' ');
  return align == Align::right ? space + cell : cell + space;
}

std::string without_trailing_spaces(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

std::string text_of(const Cell& cell) {
  std::vector<std::string> lines;
  for (const Inline& line : cell.lines) lines.push_back(line.text());
  return excerpt(printable(join(lines, "; ")), kCellLimit);
}

}  // namespace

std::string text_of(const Table& table) {
  std::vector<std::vector<std::string>> lines(1);
  for (const Column& column : table.columns) lines.front().push_back(text_of(Cell(column.title)));
  for (const auto& row : table.rows) {
    std::vector<std::string>& line = lines.emplace_back();
    for (const Cell& cell : row) line.push_back(text_of(cell));
  }
  std::vector<std::size_t> widths(table.columns.size());
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], code_points(line[i]));
  }
  std::string out;
  for (const auto& line : lines) {
    std::vector<std::string> cells;
    for (std::size_t i = 0; i < line.size(); ++i) cells.push_back(padded(line[i], widths[i], table.columns[i].align));
    out += without_trailing_spaces(join(cells, "  ")) + '\n';
  }
  return out;
}

}  // namespace tt::report
