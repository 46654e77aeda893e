#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "render/document.hpp"

namespace tt::report::markdown {

/// A stretch of Markdown. Text turns into one escaped, so that it shows as it is and starts nothing; only the
/// functions below add markup.
class Inline {
 public:
  // Implicit on purpose: whatever text is handed to the builder gets escaped.
  Inline(std::string_view text);                                       // NOLINT(google-explicit-constructor)
  Inline(const std::string& text) : Inline(std::string_view(text)) {}  // NOLINT(google-explicit-constructor)
  Inline(const char* text) : Inline(std::string_view(text)) {}         // NOLINT(google-explicit-constructor)
  [[nodiscard]] const std::string& markup() const noexcept { return markup_; }

  friend Inline operator+(const Inline& left, const Inline& right);
  friend Inline strong(const Inline& content);
  friend Inline joined(const std::vector<Inline>& parts, std::string_view separator);
  friend Inline stacked(const std::vector<Inline>& lines);

 private:
  struct Trusted {};
  Inline(Trusted /*tag*/, std::string markup) : markup_(std::move(markup)) {}
  std::string markup_;
};

[[nodiscard]] Inline operator+(const Inline& left, const Inline& right);
[[nodiscard]] Inline strong(const Inline& content);
[[nodiscard]] Inline joined(const std::vector<Inline>& parts, std::string_view separator);
/// One under the other within a table's cell.
[[nodiscard]] Inline stacked(const std::vector<Inline>& lines);

struct Column {
  Inline title;
  Align align = Align::right;
};

/// Builds a document of GitHub-flavoured Markdown, block by block.
class Markdown {
 public:
  void heading(int level, const Inline& title);
  void paragraph(const Inline& content);
  void list(const std::vector<Inline>& items);
  void table(const std::vector<Column>& columns, const std::vector<std::vector<Inline>>& rows);
  /// Verbatim, apart from control and bidirectional characters.
  void code_block(std::string_view text);
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  void block(std::string_view markup);
  std::string text_;
};

}  // namespace tt::report::markdown
