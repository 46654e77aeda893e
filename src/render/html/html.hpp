#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// HTML that is escaped by default: text turns into markup by being escaped, and only the functions below add elements.
// What they write is well-formed XML too.

namespace tt::report::html {

/// The name of an element, a class or a place in the page: a literal of the program, never data.
class Name {
 public:
  consteval Name(const char* literal) : text_(literal) {  // NOLINT(google-explicit-constructor)
    if (text_.empty()) throw "a name is empty";
    for (const char c : text_) {
      const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
      if (!plain) throw "a name holds more than letters, digits and hyphens";
    }
  }
  [[nodiscard]] constexpr std::string_view text() const noexcept { return text_; }

 private:
  std::string_view text_;
};

/// The name of an attribute whose value may come from data: one that neither runs nor loads anything.
class AttributeName : public Name {
 public:
  consteval AttributeName(const char* literal) : Name(literal) {  // NOLINT(google-explicit-constructor)
    const std::string_view name = literal;
    for (const std::string_view refused :
         {"action", "data", "formaction", "href", "http-equiv", "src", "srcdoc", "srcset", "style"}) {
      if (name == refused) throw "this attribute loads or styles";
    }
    if (name.starts_with("on")) throw "this attribute runs a script";
  }
};

/// `value` with at most two decimals, as SVG coordinates want it; 0 when it is not finite.
[[nodiscard]] std::string number(double value);

struct Attribute {
  Attribute(AttributeName attribute, std::string_view text) : name(attribute), value(text) {}
  Attribute(AttributeName attribute, const char* text) : name(attribute), value(text) {}
  Attribute(AttributeName attribute, double coordinate) : name(attribute), value(number(coordinate)) {}

  AttributeName name;
  std::string value;  ///< not escaped yet
};
using Attributes = std::vector<Attribute>;

/// A stretch of HTML.
class Html {
 public:
  Html() = default;
  // Implicit on purpose: whatever text is handed to the builder gets escaped. Controls, directional marks and the like
  // are shown by name, as "[U+202E]"; line breaks as a space.
  Html(std::string_view text);                                     // NOLINT(google-explicit-constructor)
  Html(const std::string& text) : Html(std::string_view(text)) {}  // NOLINT(google-explicit-constructor)
  Html(const char* text) : Html(std::string_view(text)) {}         // NOLINT(google-explicit-constructor)
  [[nodiscard]] const std::string& markup() const noexcept { return markup_; }
  [[nodiscard]] bool empty() const noexcept { return markup_.empty(); }
  Html& operator+=(const Html& more);

  friend Html element(Name name, const Attributes& attributes, const Html& content);
  friend Html empty_element(Name name, const Attributes& attributes);
  friend Html link_within(const std::string& place, const Html& content);
  friend Html preformatted(std::string_view text);

 private:
  struct Trusted {};
  Html(Trusted /*tag*/, std::string markup) : markup_(std::move(markup)) {}
  std::string markup_;
};

[[nodiscard]] Html operator+(const Html& left, const Html& right);
[[nodiscard]] Html element(Name name, const Attributes& attributes, const Html& content);
[[nodiscard]] inline Html element(Name name, const Html& content) { return element(name, Attributes{}, content); }
/// One that never has content: `<meta …/>`, `<rect …/>`.
[[nodiscard]] Html empty_element(Name name, const Attributes& attributes);
/// A link to the element of this page whose id is `place`.
[[nodiscard]] Html link_within(const std::string& place, const Html& content);
/// Verbatim lines, apart from what cannot be seen.
[[nodiscard]] Html preformatted(std::string_view text);
/// Text from data within a sentence: its direction of writing does not spread to what stands beside it. A line may
/// break after `_` and `/`.
[[nodiscard]] Html isolated(std::string_view text);
[[nodiscard]] Html strong(const Html& content);
[[nodiscard]] Html paragraph(const Html& content);
/// Nothing without items.
[[nodiscard]] Html list(const std::vector<Html>& items);

/// A column of a table; numbers stand right.
struct Column {
  Html title;
  bool is_number = true;
};
/// Scrolls within itself where it is wider than the page. `caption` says what it shows. The first cell of a row is its
/// header.
[[nodiscard]] Html table(const std::string& caption, const std::vector<Column>& columns,
                         const std::vector<std::vector<Html>>& rows);

/// Content that is folded until its summary is clicked.
[[nodiscard]] Html folded(const Html& summary, const Html& content);

}  // namespace tt::report::html
