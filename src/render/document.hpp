#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "render/charts.hpp"

// A report as a tree of headings, text, tables, lists and charts. Every part of a report builds it once; Markdown,
// pages for a browser and text for a terminal are made from it, each escaping in its own way.

namespace tt::report {

/// A stretch of text that reads one way.
struct Span {
  enum class Style {
    plain,
    name,  ///< from data: where lines may break in it and which way it is written do not spread
    code,
    pass,
    fail
  };
  std::string text;
  Style style = Style::plain;
  bool is_strong = false;
};

/// Running text.
class Inline {
 public:
  Inline() = default;
  // Implicit on purpose: plain text is what most of a report is.
  Inline(std::string_view text) : spans_{{std::string(text)}} {}       // NOLINT(google-explicit-constructor)
  Inline(const std::string& text) : Inline(std::string_view(text)) {}  // NOLINT(google-explicit-constructor)
  Inline(const char* text) : Inline(std::string_view(text)) {}         // NOLINT(google-explicit-constructor)
  Inline(std::string_view text, Span::Style style) : spans_{{std::string(text), style}} {}

  [[nodiscard]] const std::vector<Span>& spans() const noexcept { return spans_; }
  /// Without any of its styles.
  [[nodiscard]] std::string text() const;
  Inline& operator+=(const Inline& more);
  friend Inline strong(Inline content);

 private:
  std::vector<Span> spans_;
};

[[nodiscard]] Inline operator+(Inline left, const Inline& right);
[[nodiscard]] Inline strong(Inline content);
/// A name from data.
[[nodiscard]] Inline name(std::string_view text);
[[nodiscard]] Inline code(std::string_view text);
[[nodiscard]] Inline joined(const std::vector<Inline>& parts, const Inline& separator);
/// A text from data in quotation marks, cut where it is long.
[[nodiscard]] Inline quotation(std::string_view text);

/// What stands in a cell of a table: lines, or a share with its interval as a drawing.
struct Cell {
  template <class Text>
  requires std::constructible_from<Inline, const Text&> Cell(const Text& text)
      : lines{Inline(text)} {}  // NOLINT(google-explicit-constructor)
  explicit Cell(std::vector<Inline> several) : lines(std::move(several)) {}
  Cell(double share, const evaluation::Interval& ci95) : is_drawn(true), value(share), interval(ci95) {}

  std::vector<Inline> lines;
  bool is_drawn = false;  ///< says what other cells of its row say too
  double value = evaluation::kUndefined;
  evaluation::Interval interval{};
};

/// One under the other within a cell.
[[nodiscard]] Cell stacked(std::vector<Inline> lines);
[[nodiscard]] Cell quotations(const std::vector<std::string>& texts);

enum class Align {
  left,
  right,
  drawn  ///< a column of drawings
};

struct Column {
  Inline title;
  Align align = Align::right;
};
using Rows = std::vector<std::vector<Cell>>;

struct Heading {
  int level = 3;  ///< 1 is the document's, 2 a section's
  Inline title;
};
struct Paragraph {
  enum class Role {
    plain,
    note,    ///< by the way
    lead,    ///< the first sentences, in large type
    verdict  ///< of quality gates, beside other figures
  };
  Inline text;
  Role role = Role::plain;
};
struct List {
  std::vector<Inline> items;
};
struct Table {
  std::string caption;  ///< for a page; the text around it says as much
  std::vector<Column> columns;
  Rows rows;
};
struct Code {
  std::string text;
};
/// Figures in large type, which tables and sentences hold too.
struct Tiles {
  struct Tile {
    std::string name, figure, detail;
  };
  std::vector<Tile> tiles;
};
/// A chart, where a backend can draw: what it shows stands in tables and sentences too.
struct Figure {
  std::variant<LineChart, RowChart, ScatterChart, PointMaps, Histogram, HeatMap> chart;
  Inline caption;
};

class Blocks;
struct Block;

/// Blocks in the order in which they are read.
class Blocks {
 public:
  void heading(int level, Inline title);
  void paragraph(Inline text, Paragraph::Role role = Paragraph::Role::plain);
  /// Nothing without items.
  void list(std::vector<Inline> items);
  void table(std::string caption, std::vector<Column> columns, Rows rows);
  void add(Table table);
  void figure(decltype(Figure::chart) chart, Inline caption);
  void code(std::string text);
  void tiles(std::vector<Tiles::Tile> tiles);
  /// Folded on a page until its summary is clicked. Nothing without content.
  void fold(Inline summary, Blocks content);
  void add(const Blocks& more);

  [[nodiscard]] bool empty() const noexcept { return blocks_.empty(); }
  [[nodiscard]] const std::vector<Block>& blocks() const noexcept { return blocks_; }

 private:
  std::vector<Block> blocks_;
};

struct Fold {
  Inline summary;
  Blocks content;
};

struct Block {
  std::variant<Heading, Paragraph, List, Table, Code, Tiles, Figure, Fold> is;
};

/// Left out where it is empty.
struct Section {
  std::string place;  ///< that links lead to
  Inline title;
  Blocks content;
};

struct Document {
  std::string window_title;
  Inline eyebrow;  ///< above the title, on a page
  Inline title;
  Inline page_title{};  ///< what a page says in its place; empty: the same
  Blocks header;        ///< what a reader wants to know first
  std::vector<Section> sections;
  std::string footer;
};

}  // namespace tt::report
