#include "render/markdown.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "transfer_tune/core/text.hpp"

namespace tt::report {
namespace {

/// The code point at `position` of valid UTF-8 and its length in bytes.
std::pair<std::uint32_t, std::size_t> decode(std::string_view text, std::size_t position) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])); };
  const std::uint32_t lead = byte(position);
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  std::uint32_t point = lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) point = (point << 6U) | (byte(position + i) & 0x3FU);
  return {point, length};
}

bool is_within(std::uint32_t point, std::uint32_t first, std::uint32_t last) { return point >= first && point <= last; }

/// Characters that a reader cannot see but that change what is seen: controls, line separators, directional marks.
bool is_deceptive(std::uint32_t point) {
  return point < 0x20 || is_within(point, 0x7F, 0x9F) || point == 0x061C || point == 0x200B || point == 0x200E ||
         point == 0x200F || is_within(point, 0x2028, 0x202E) || is_within(point, 0x2066, 0x2069) || point == 0xFEFF;
}

/// "U+202E".
std::string code_point_name(std::uint32_t point) {
  std::string digits;
  for (; point > 0 || digits.size() < 4; point >>= 4U) digits += "0123456789ABCDEF"[point & 15U];
  std::reverse(digits.begin(), digits.end());
  return concat("U+", digits);
}

bool starts_a_link(std::string_view rest) { return rest.starts_with("://") || rest.starts_with("www."); }

std::string escaped(std::string_view text) {
  constexpr std::string_view kMarkup = R"(\`*_[]|~$#)";
  const std::string valid = valid_utf8(text);
  std::string out;
  for (std::size_t i = 0; i < valid.size();) {
    const auto [point, length] = decode(valid, i);
    const char c = valid[i];
    if (c == '\n' || c == '\r' || c == '\t') {
      out += ' ';
    } else if (is_deceptive(point)) {
      out += concat("\\[", code_point_name(point), "\\]");
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '&') {
      out += "&amp;";
    } else if (starts_a_link(std::string_view(valid).substr(i))) {
      out += c == 'w' ? "&#119;" : "&#58;";
    } else {
      if (kMarkup.find(c) != std::string_view::npos) out += '\\';
      out.append(valid, i, length);
    }
    i += length;
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

std::string printable(std::string_view text) {
  const std::string valid = valid_utf8(text);
  std::string shown;
  for (std::size_t i = 0; i < valid.size();) {
    const auto [point, length] = decode(valid, i);
    if (is_deceptive(point)) {
      shown += concat("[", code_point_name(point), "]");
    } else {
      shown.append(valid, i, length);
    }
    i += length;
  }
  return shown;
}

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

}  // namespace tt::report
