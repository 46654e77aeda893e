#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "render/comparison_tables.hpp"
#include "render/markdown.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/comparison_report.hpp"
#include "transfer_tune/record/format.hpp"
#include "transfer_tune/render/reports.hpp"

namespace tt::report {
namespace {

constexpr std::size_t kCellLimit = 40;

std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string padded(const std::string& cell, std::size_t width, Align align) {
  const std::string space(width - code_points(cell), ' ');
  return align == Align::left ? cell + space : space + cell;
}

std::string without_trailing_spaces(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

/// Columns as wide as their widest cell, two spaces apart.
std::string text_of(const PlainTable& table) {
  std::vector<std::vector<std::string>> lines(1);
  for (const auto& column : table.columns) lines.front().push_back(column.title);
  for (const auto& row : table.rows) {
    std::vector<std::string>& line = lines.emplace_back();
    for (const std::string& cell : row) line.push_back(excerpt(printable(cell), kCellLimit));
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

}  // namespace

std::string to_text(const ComparisonReport& report) {
  std::string out = concat(text_of(arms_table(report)), '\n', text_of(pairs_table(report)));
  for (const PlainTable& table : {curve_table(report), savings_table(report), forecasts_table(report)}) {
    if (!table.rows.empty()) out += '\n' + text_of(table);
  }
  for (const SourceEffectReport& effect : report.source_effects) out += concat('\n', printable(effect.sentence));
  if (!report.source_effects.empty()) out += '\n';
  for (const FailedRunReport& run : report.failed) {
    out += concat("\nleft out: ", printable(concat(run.directory, ": ", run.reason)));
  }
  for (const std::string& warning : report.warnings) out += concat("\nwarning: ", printable(warning));
  if (!report.failed.empty() || !report.warnings.empty()) out += '\n';
  return concat(out, '\n', printable(report.verdict), '\n');
}

}  // namespace tt::report
