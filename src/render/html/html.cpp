#include "render/html/html.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "transfer_tune/core/text.hpp"
#include "transfer_tune/render/printable.hpp"

namespace tt::report::html {
namespace {

/// Every character that means something to HTML or XML as an entity; what neither shows nor may hold by name.
std::string escaped(std::string_view text) {
  const std::string shown = printable_line(std::string(text));
  std::string out;
  out.reserve(shown.size());
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const std::string_view rest = std::string_view(shown).substr(i);
    if (shown[i] == '<') {
      out += "&lt;";
    } else if (shown[i] == '>') {
      out += "&gt;";
    } else if (shown[i] == '&') {
      out += "&amp;";
    } else if (shown[i] == '"') {
      out += "&quot;";
    } else if (shown[i] == '\'') {
      out += "&#39;";
    } else if (rest.starts_with("\uFFFE") || rest.starts_with("\uFFFF")) {
      out += rest.starts_with("\uFFFE") ? "[U+FFFE]" : "[U+FFFF]";  // the two that XML forbids
      i += 2;
    } else {
      out += shown[i];
    }
  }
  return out;
}

std::string opening(Name name, const Attributes& attributes) {
  std::string out = concat("<", name.text());
  for (const Attribute& attribute : attributes) {
    out += concat(" ", attribute.name.text(), "=\"", escaped(attribute.value), "\"");
  }
  return out;
}

}  // namespace

std::string number(double value) {
  if (!std::isfinite(value)) return "0";
  const double rounded = std::round(value * 100) / 100;
  if (rounded == 0) return "0";  // not "-0"
  std::array<char, 400> buffer{};
  char* const end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), rounded, std::chars_format::fixed).ptr;
  return {buffer.data(), end};
}

Html::Html(std::string_view text) : markup_(escaped(text)) {}

Html& Html::operator+=(const Html& more) {
  markup_ += more.markup_;
  return *this;
}

Html operator+(const Html& left, const Html& right) {
  Html both = left;
  both += right;
  return both;
}

Html element(Name name, const Attributes& attributes, const Html& content) {
  return {Html::Trusted{}, concat(opening(name, attributes), ">", content.markup_, "</", name.text(), ">")};
}

Html empty_element(Name name, const Attributes& attributes) {
  return {Html::Trusted{}, opening(name, attributes) + "/>"};
}

Html link_within(const std::string& place, const Html& content) {
  return {Html::Trusted{}, concat("<a href=\"#", escaped(place), "\">", content.markup_, "</a>")};
}

Html preformatted(std::string_view text) {
  std::string lines;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    if (begin > 0) lines += '\n';
    lines += escaped(text.substr(begin, end - begin));
    begin = end + 1;
  }
  // Can be focused, so that arrow keys scroll it.
  return {Html::Trusted{}, concat("<pre tabindex=\"0\">", lines, "</pre>")};
}

Html isolated(std::string_view text) {
  Html out;
  for (std::size_t end = text.find_first_of("_/"); end != std::string_view::npos; end = text.find_first_of("_/")) {
    out += text.substr(0, end + 1);
    out += empty_element("wbr", {});
    text.remove_prefix(end + 1);
  }
  return element("bdi", out + text);
}
Html strong(const Html& content) { return element("strong", content); }
Html paragraph(const Html& content) { return element("p", content); }

Html list(const std::vector<Html>& items) {
  if (items.empty()) return {};
  Html content;
  for (const Html& item : items) content += element("li", item);
  return element("ul", content);
}

Html table(const std::string& caption, const std::vector<Column>& columns, const std::vector<std::vector<Html>>& rows) {
  const auto cell = [&](Name name, std::size_t column, Attributes attributes, const Html& content) {
    if (column < columns.size() && columns[column].is_number) attributes.push_back({"class", "n"});
    return element(name, attributes, content);
  };
  Html head;
  for (std::size_t i = 0; i < columns.size(); ++i) head += cell("th", i, {{"scope", "col"}}, columns[i].title);
  Html body;
  for (const auto& row : rows) {
    Html cells;
    for (std::size_t i = 0; i < row.size(); ++i) {
      cells += i == 0 ? cell("th", i, {{"scope", "row"}}, row[i]) : cell("td", i, {}, row[i]);
    }
    body += element("tr", cells);
  }
  const Html content = element("caption", caption) + element("thead", element("tr", head)) + element("tbody", body);
  return element("div", {{"class", "scroll"}, {"tabindex", "0"}, {"role", "region"}, {"aria-label", caption}},
                 element("table", content));
}

Html folded(const Html& summary, const Html& content) {
  return element("details", element("summary", summary) + content);
}

}  // namespace tt::report::html
