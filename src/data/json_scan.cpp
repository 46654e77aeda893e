#include "data/json_scan.hpp"

#include "transfer_tune/core/json_text.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/data/json_text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>

namespace tt::data {
namespace {

/// Offset behind the string that begins at `at`.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return std::min(at + 1, text.size());
}

/// What the string says that is spelt `text` between its quotes; it is seldom written with escapes.
std::string string_value(std::string_view text) {
  if (text.find('\\') == std::string_view::npos) return std::string(text);
  const nlohmann::json value = nlohmann::json::parse(concat('"', text, '"'), nullptr, false);
  return value.is_string() ? value.get<std::string>() : std::string();
}

}  // namespace

std::string_view skip_space(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kJsonSpace), text.size()));
  return text;
}

std::string_view json_value(std::string_view text) {
  std::size_t depth = 0;
  std::size_t end = 0;
  while (end < text.size()) {
    const char c = text[end];
    if (c == '"') {
      end = end_of_string(text, end);
      continue;
    }
    if (depth == 0 && (c == ',' || c == ']' || c == '}')) break;
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
    ++end;
  }
  const std::size_t last = text.substr(0, end).find_last_not_of(kJsonSpace);
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

std::vector<JsonMember> json_members(std::string_view object) {
  std::vector<JsonMember> members;
  JsonItems items(skip_space(object));
  for (std::string_view value = items.next(); !value.empty(); value = items.next()) {
    members.push_back({string_value(items.key()), value});
  }
  return members;
}

std::optional<std::string_view> find_value(const std::vector<JsonMember>& members, std::string_view key) {
  const auto found = std::ranges::find(members, key, &JsonMember::key);
  if (found == members.end()) return std::nullopt;
  return found->value;
}

}  // namespace tt::data
