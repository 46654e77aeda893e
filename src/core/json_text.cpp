#include "transfer_tune/core/json_text.hpp"

#include <algorithm>
#include <cstddef>

namespace tt {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

/// Where the string ends that `text` begins with, quotes included.
std::size_t string_end(std::string_view text) noexcept {
  std::size_t i = 1;
  while (i < text.size() && text[i] != '"') i += text[i] == '\\' ? 2 : 1;
  return std::min(i + 1, text.size());
}

std::size_t value_end(std::string_view text) noexcept {
  if (text.starts_with('"')) return string_end(text);
  if (!text.starts_with('{') && !text.starts_with('[')) {
    return std::min(text.find_first_of(",]} \t\r\n"), text.size());
  }
  std::size_t depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') i += string_end(text.substr(i)) - 1;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return i + 1;
  }
  return text.size();
}

}  // namespace

JsonItems::JsonItems(std::string_view container) noexcept : rest_(container), is_object_(container.starts_with('{')) {
  rest_.remove_prefix(std::min<std::size_t>(rest_.size(), 1));
}

void JsonItems::skip_space() noexcept { rest_.remove_prefix(std::min(rest_.find_first_not_of(kSpace), rest_.size())); }

std::string_view JsonItems::take_value() noexcept {
  const std::string_view value = rest_.substr(0, value_end(rest_));
  rest_.remove_prefix(value.size());
  skip_space();
  return value;
}

std::string_view JsonItems::next() noexcept {
  skip_space();
  if (rest_.starts_with(',')) {
    rest_.remove_prefix(1);
    skip_space();
  }
  if (rest_.empty() || rest_.starts_with(']') || rest_.starts_with('}')) return {};
  if (is_object_) {
    key_ = take_value();
    key_ = key_.size() < 2 ? key_ : key_.substr(1, key_.size() - 2);
    rest_.remove_prefix(std::min<std::size_t>(rest_.size(), 1));  // the colon
    skip_space();
  }
  return take_value();
}

std::string_view json_value_text(std::string_view text, std::string_view pointer) noexcept {
  std::string_view value = text.substr(std::min(text.find('{'), text.size()));
  while (!pointer.empty() && !value.empty()) {
    const std::string_view key = pointer.substr(1, pointer.find('/', 1) - 1);
    pointer.remove_prefix(key.size() + 1);
    if (!value.starts_with('{')) return {};
    JsonItems items(value);
    do {
      value = items.next();
    } while (!value.empty() && items.key() != key);
  }
  return value;
}

}  // namespace tt
