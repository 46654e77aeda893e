#include <algorithm>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "render/backends.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/render/printable.hpp"

namespace tt::report {
namespace {

bool starts_a_link(std::string_view rest) { return rest.starts_with("://") || rest.starts_with("www."); }

/// Text that shows as it is and starts nothing.
std::string escaped(const std::string& text) {
  constexpr std::string_view kMarkup = R"(\`*_[]|~$#)";
  const std::string shown = printable_line(text);
  std::string out;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const char c = shown[i];
    if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '&') {
      out += "&amp;";
    } else if (starts_a_link(std::string_view(shown).substr(i))) {
      out += c == 'w' ? "&#119;" : "&#58;";
    } else {
      if (kMarkup.find(c) != std::string_view::npos) out += '\\';
      out += c;
    }
  }
  return out;
}

bool is_strong(const Span& span) { return span.is_strong || span.style == Span::Style::fail; }

/// Spans that are strong and stand together share one pair of asterisks: two pairs in a row would show.
std::string markup_of(const Inline& text) {
  std::string out;
  const std::vector<Span>& spans = text.spans();
  for (std::size_t i = 0; i < spans.size();) {
    const bool strong = is_strong(spans[i]);
    std::string run;
    for (; i < spans.size() && is_strong(spans[i]) == strong; ++i) run += spans[i].text;
    out += strong ? concat("**", escaped(run), "**") : escaped(run);
  }
  return out;
}

std::vector<std::string> markups(const std::vector<Inline>& texts) {
  std::vector<std::string> out;
  out.reserve(texts.size());
  for (const Inline& text : texts) out.push_back(markup_of(text));
  return out;
}

std::string markup_of(const Table& table) {
  std::string head = "|";
  std::string rule = "|";
  for (const Column& column : table.columns) {
    if (column.align == Align::drawn) continue;
    head += concat(" ", markup_of(column.title), " |");
    rule += column.align == Align::right ? "---:|" : "---|";
  }
  std::string lines = concat(head, "\n", rule);
  for (const auto& row : table.rows) {
    lines += "\n|";
    for (const Cell& cell : row) {
      if (!cell.is_drawn) lines += concat(" ", join(markups(cell.lines), "<br>"), " |");
    }
  }
  return lines;
}

/// Verbatim, apart from control and bidirectional characters.
std::string markup_of(const Code& code) {
  const std::string_view text = code.text;
  std::string shown;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    if (begin > 0) shown += '\n';
    shown += printable(text.substr(begin, end - begin));
    begin = end + 1;
  }
  // A fence that the text does not hold cannot be closed by it.
  std::string fence = "```";
  while (shown.find(fence) != std::string::npos) fence += '`';
  return concat(fence, "\n", shown, "\n", fence);
}

struct Write {
  std::string& out;

  void block(const std::string& markup) const { out += concat(out.empty() ? "" : "\n", markup, "\n"); }
  void all(const Blocks& blocks) const {
    for (const Block& each : blocks.blocks()) std::visit(*this, each.is);
  }

  void operator()(const Heading& heading) const {
    block(concat(std::string(static_cast<std::size_t>(heading.level), '#'), " ", markup_of(heading.title)));
  }
  void operator()(const Paragraph& paragraph) const {
    // Gates have a section of their own.
    if (paragraph.role != Paragraph::Role::verdict) block(markup_of(paragraph.text));
  }
  void operator()(const List& list) const { block(concat("- ", join(markups(list.items), "\n- "))); }
  void operator()(const Table& table) const { block(markup_of(table)); }
  void operator()(const Code& code) const { block(markup_of(code)); }
  void operator()(const Tiles& /*tiles*/) const {}
  void operator()(const Figure& /*figure*/) const {}
  void operator()(const Fold& fold) const { all(fold.content); }
};

}  // namespace

std::string markdown_of(const Blocks& blocks) {
  std::string out;
  Write{out}.all(blocks);
  return out;
}

std::string markdown_of(const Document& document) {
  std::string out;
  const Write write{out};
  write(Heading{1, document.title});
  write.all(document.header);
  for (const Section& section : document.sections) {
    if (section.content.empty()) continue;
    write(Heading{2, section.title});
    write.all(section.content);
  }
  return out;
}

}  // namespace tt::report
