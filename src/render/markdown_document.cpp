#include <variant>
#include <vector>

#include "render/backends.hpp"
#include "render/markdown.hpp"

namespace tt::report {
namespace {

bool is_strong(const Span& span) { return span.is_strong || span.style == Span::Style::fail; }

/// Spans that are strong and stand together share one pair of asterisks: two pairs in a row would show.
markdown::Inline markup_of(const Inline& text) {
  markdown::Inline out("");
  const std::vector<Span>& spans = text.spans();
  for (std::size_t i = 0; i < spans.size();) {
    const bool strong = is_strong(spans[i]);
    markdown::Inline run("");
    for (; i < spans.size() && is_strong(spans[i]) == strong; ++i) run = run + spans[i].text;
    out = out + (strong ? markdown::strong(run) : run);
  }
  return out;
}

std::vector<markdown::Inline> all(const std::vector<Inline>& texts) {
  std::vector<markdown::Inline> out;
  out.reserve(texts.size());
  for (const Inline& text : texts) out.push_back(markup_of(text));
  return out;
}

void write(markdown::Markdown& out, const Blocks& blocks);

struct Write {
  markdown::Markdown& out;

  void operator()(const Heading& heading) const { out.heading(heading.level, markup_of(heading.title)); }
  void operator()(const Paragraph& paragraph) const {
    // Gates have a section of their own.
    if (paragraph.role != Paragraph::Role::verdict) out.paragraph(markup_of(paragraph.text));
  }
  void operator()(const List& list) const { out.list(all(list.items)); }
  void operator()(const Table& table) const {
    std::vector<markdown::Column> columns;
    for (const Column& column : table.columns) {
      if (column.align != Align::drawn) columns.push_back({markup_of(column.title), column.align});
    }
    std::vector<std::vector<markdown::Inline>> rows;
    rows.reserve(table.rows.size());
    for (const auto& row : table.rows) {
      std::vector<markdown::Inline>& cells = rows.emplace_back();
      for (const Cell& cell : row) {
        if (!cell.is_drawn) cells.push_back(markdown::stacked(all(cell.lines)));
      }
    }
    out.table(columns, rows);
  }
  void operator()(const Code& code) const { out.code_block(code.text); }
  void operator()(const Tiles& /*tiles*/) const {}
  void operator()(const Figure& /*figure*/) const {}
  void operator()(const Fold& fold) const { write(out, fold.content); }
};

void write(markdown::Markdown& out, const Blocks& blocks) {
  for (const Block& block : blocks.blocks()) std::visit(Write{out}, block.is);
}

}  // namespace

std::string markdown_of(const Document& document) {
  markdown::Markdown out;
  out.heading(1, markup_of(document.title));
  write(out, document.header);
  for (const Section& section : document.sections) {
    if (section.content.empty()) continue;
    out.heading(2, markup_of(section.title));
    write(out, section.content);
  }
  return out.text();
}

std::string markdown_of(const Blocks& blocks) {
  markdown::Markdown out;
  write(out, blocks);
  return out.text();
}

}  // namespace tt::report
