#include "render/html/document.hpp"

#include <algorithm>
#include <variant>
#include <vector>

#include "render/html/heat_map.hpp"
#include "render/html/histogram.hpp"
#include "render/html/line_chart.hpp"
#include "render/html/page.hpp"
#include "render/html/row_chart.hpp"
#include "render/html/scatter_chart.hpp"
#include "render/html/svg.hpp"
#include "transfer_tune/core/text.hpp"

namespace tt::report::html {
namespace {

constexpr double kGap = 24;           ///< between maps side by side
constexpr double kPhone = 480;        ///< charts narrower than this are for a phone
constexpr double kLargestSide = 620;  ///< of a square on a wide page: a larger one would not be seen whole

Html html_of(const Span& span) {
  Html out = span.text;
  if (span.style == Span::Style::name) out = isolated(span.text);
  if (span.style == Span::Style::code) out = element("code", span.text);
  if (span.style == Span::Style::pass) out = element("span", {{"class", "pass"}}, span.text);
  if (span.style == Span::Style::fail) out = element("span", {{"class", "fail"}}, span.text);
  return span.is_strong ? strong(out) : out;
}

std::vector<Html> all(const std::vector<Inline>& texts) {
  std::vector<Html> out;
  out.reserve(texts.size());
  for (const Inline& text : texts) out.push_back(html::html_of(text));
  return out;
}

Html html_of(const Cell& cell) {
  if (cell.is_drawn) return interval_cell(cell.value, cell.interval);
  if (cell.lines.size() == 1) return html::html_of(cell.lines.front());
  return element("div", {{"class", "texts"}}, list(all(cell.lines)));
}

struct Draw {
  double width = kWide;

  Html operator()(const LineChart& chart) const { return line_chart(chart, width); }
  Html operator()(const RowChart& chart) const { return row_chart(chart, width); }
  Html operator()(const ScatterChart& chart) const { return scatter_chart(chart, width); }
  Html operator()(const Histogram& chart) const { return histogram(chart, width); }
  Html operator()(const HeatMap& map) const {
    return heat_map(map, width < kPhone ? width : std::min(width, kLargestSide));
  }
  Html operator()(const PointMaps& all) const {
    Html out;
    std::vector<LegendEntry> entries;
    entries.reserve(all.groups.size());
    for (std::size_t i = 0; i < all.groups.size(); ++i) entries.push_back({all.groups[i], i, i});
    const Legend legend = draw_legend(entries, width);
    if (!entries.empty()) {
      out = svg(width, legend.height, {"Legend", concat("Marked: ", join(all.groups, ", "), ".")}, legend.content);
    }
    const double side = all.maps.size() == 1 ? std::min(width, kPhone) : width > kPhone ? (width - kGap) / 2 : width;
    Html maps;
    for (const PointMap& map : all.maps) maps += point_map(map, side);
    return out + element("div", {{"class", "pair"}}, maps);
  }
};

struct Write {
  Html operator()(const Heading& heading) const {
    return heading.level == 3 ? element("h3", html::html_of(heading.title))
                              : element("h4", html::html_of(heading.title));
  }
  Html operator()(const Paragraph& paragraph) const {
    const Html text = html::html_of(paragraph.text);
    if (paragraph.role == Paragraph::Role::note) return element("p", {{"class", "note"}}, text);
    if (paragraph.role == Paragraph::Role::lead) return element("p", {{"class", "lead"}}, text);
    return html::paragraph(text);
  }
  Html operator()(const List& list) const { return html::list(all(list.items)); }
  Html operator()(const report::Table& table) const {
    std::vector<html::Column> columns;
    columns.reserve(table.columns.size());
    for (const report::Column& column : table.columns) {
      columns.push_back({html::html_of(column.title), column.align == Align::right});
    }
    std::vector<std::vector<Html>> rows;
    rows.reserve(table.rows.size());
    for (const auto& row : table.rows) {
      std::vector<Html>& cells = rows.emplace_back();
      for (const Cell& cell : row) cells.push_back(html_of(cell));
    }
    return html::table(table.caption, columns, rows);
  }
  Html operator()(const Code& code) const { return preformatted(code.text); }
  Html operator()(const Tiles& tiles) const {
    Html content;
    for (const Tiles::Tile& tile : tiles.tiles) {
      Html figure = tile.figure;
      if (!tile.detail.empty()) figure += element("small", tile.detail);
      content += element("div", element("dt", tile.name) + element("dd", figure));
    }
    return element("dl", {{"class", "tiles"}}, content);
  }
  Html operator()(const Figure& figure) const {
    return html::figure([&](double width) { return std::visit(Draw{width}, figure.chart); },
                        html::html_of(figure.caption));
  }
  Html operator()(const Fold& fold) const { return folded(html::html_of(fold.summary), html::html_of(fold.content)); }
};

}  // namespace

Html html_of(const Inline& text) {
  Html out;
  for (const Span& span : text.spans()) out += html_of(span);
  return out;
}

Html html_of(const Blocks& blocks) {
  Html out;
  for (const Block& block : blocks.blocks()) out += std::visit(Write{}, block.is);
  return out;
}

std::string page_of(const Document& document) {
  Page page;
  page.title = document.window_title;
  const Inline& title = document.page_title.spans().empty() ? document.title : document.page_title;
  page.header = element("p", {{"class", "eyebrow"}}, html_of(document.eyebrow)) + element("h1", html_of(title)) +
                html_of(document.header);
  for (const report::Section& section : document.sections) {
    page.sections.push_back({section.place, html_of(section.title), html_of(section.content)});
  }
  page.footer = paragraph(document.footer);
  return html::document(page);
}

}  // namespace tt::report::html
