#include "render/document.hpp"

#include <cstddef>

#include "transfer_tune/record/format.hpp"

namespace tt::report {
namespace {

constexpr std::size_t kTextLimit = 160;

}  // namespace

std::string Inline::text() const {
  std::string out;
  for (const Span& span : spans_) out += span.text;
  return out;
}

Inline& Inline::operator+=(const Inline& more) {
  spans_.insert(spans_.end(), more.spans_.begin(), more.spans_.end());
  return *this;
}

Inline operator+(Inline left, const Inline& right) { return left += right; }

Inline strong(Inline content) {
  for (Span& span : content.spans_) span.is_strong = true;
  return content;
}

Inline name(std::string_view text) { return {text, Span::Style::name}; }

Inline code(std::string_view text) { return {text, Span::Style::code}; }

Inline joined(const std::vector<Inline>& parts, const Inline& separator) {
  Inline out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += separator;
    out += parts[i];
  }
  return out;
}

Inline quotation(std::string_view text) { return name("“" + excerpt(text, kTextLimit) + "”"); }

Cell stacked(std::vector<Inline> lines) { return Cell(std::move(lines)); }

Cell quotations(const std::vector<std::string>& texts) {
  std::vector<Inline> lines;
  lines.reserve(texts.size());
  for (const std::string& text : texts) lines.push_back(quotation(text));
  return stacked(std::move(lines));
}

void Blocks::heading(int level, Inline title) { blocks_.push_back({Heading{level, std::move(title)}}); }

void Blocks::paragraph(Inline text, Paragraph::Role role) { blocks_.push_back({Paragraph{std::move(text), role}}); }

void Blocks::list(std::vector<Inline> items) {
  if (!items.empty()) blocks_.push_back({List{std::move(items)}});
}

void Blocks::table(std::string caption, std::vector<Column> columns, Rows rows) {
  add(Table{std::move(caption), std::move(columns), std::move(rows)});
}

void Blocks::add(Table table) { blocks_.push_back({std::move(table)}); }

void Blocks::figure(decltype(Figure::chart) chart, Inline caption) {
  blocks_.push_back({Figure{std::move(chart), std::move(caption)}});
}

void Blocks::code(std::string text) { blocks_.push_back({Code{std::move(text)}}); }

void Blocks::tiles(std::vector<Tiles::Tile> tiles) { blocks_.push_back({Tiles{std::move(tiles)}}); }

void Blocks::fold(Inline summary, Blocks content) {
  if (!content.empty()) blocks_.push_back({Fold{std::move(summary), std::move(content)}});
}

void Blocks::add(const Blocks& more) { blocks_.insert(blocks_.end(), more.blocks_.begin(), more.blocks_.end()); }

}  // namespace tt::report
