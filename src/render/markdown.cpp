#include "render/markdown.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "render/printable.hpp"
#include "transfer_tune/core/text.hpp"

namespace tt::report::markdown {
namespace {

bool starts_a_link(std::string_view rest) { return rest.starts_with("://") || rest.starts_with("www."); }

std::string escaped(std::string_view text) {
  constexpr std::string_view kMarkup = R"(\`*_[]|~$#)";
  const std::string shown = printable_line(std::string(text));
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

std::vector<std::string> markups(const std::vector<Inline>& parts) {
  std::vector<std::string> markup;
  markup.reserve(parts.size());
  for (const Inline& part : parts) markup.push_back(part.markup());
  return markup;
}

}  // namespace

Inline::Inline(std::string_view text) : markup_(escaped(text)) {}

Inline operator+(const Inline& left, const Inline& right) { return {Inline::Trusted{}, left.markup_ + right.markup_}; }

Inline strong(const Inline& content) { return {Inline::Trusted{}, concat("**", content.markup_, "**")}; }

Inline joined(const std::vector<Inline>& parts, std::string_view separator) {
  return {Inline::Trusted{}, join(markups(parts), escaped(separator))};
}

Inline stacked(const std::vector<Inline>& lines) { return {Inline::Trusted{}, join(markups(lines), "<br>")}; }

void Markdown::block(std::string_view markup) {
  if (!text_.empty()) text_ += '\n';
  text_ += markup;
  text_ += '\n';
}

void Markdown::heading(int level, const Inline& title) {
  block(concat(std::string(static_cast<std::size_t>(level), '#'), " ", title.markup()));
}

void Markdown::paragraph(const Inline& content) { block(content.markup()); }

void Markdown::list(const std::vector<Inline>& items) {
  if (!items.empty()) block(concat("- ", join(markups(items), "\n- ")));
}

void Markdown::table(const std::vector<Column>& columns, const std::vector<std::vector<Inline>>& rows) {
  std::string head = "|";
  std::string rule = "|";
  for (const Column& column : columns) {
    head += concat(" ", column.title.markup(), " |");
    rule += column.align == Align::right ? "---:|" : "---|";
  }
  std::string lines = concat(head, "\n", rule);
  for (const auto& row : rows) {
    lines += "\n|";
    for (const Inline& cell : row) lines += concat(" ", cell.markup(), " |");
  }
  block(lines);
}

void Markdown::code_block(std::string_view text) {
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
  block(concat(fence, "\n", shown, "\n", fence));
}

}  // namespace tt::report::markdown
