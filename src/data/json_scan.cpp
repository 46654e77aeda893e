#include "data/json_scan.hpp"

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

/// What the string `text` says; it is seldom written with escapes.
std::string string_value(std::string_view text) {
  if (text.size() >= 2 && text.find('\\') == std::string_view::npos)
    return std::string(text.substr(1, text.size() - 2));
  const nlohmann::json value = nlohmann::json::parse(text, nullptr, false);
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
  std::string_view rest = skip_space(object);
  const auto take = [&](char expected) {
    if (!rest.starts_with(expected)) return false;
    rest = skip_space(rest.substr(1));
    return true;
  };
  for (bool more = take('{'); more && rest.starts_with('"'); more = take(',')) {
    const std::string_view name = rest.substr(0, end_of_string(rest, 0));
    rest = skip_space(rest.substr(name.size()));
    if (!take(':')) break;
    const std::string_view value = json_value(rest);
    rest = skip_space(rest.substr(value.size()));
    members.push_back({string_value(name), value});
  }
  return members;
}

std::optional<std::string_view> find_value(const std::vector<JsonMember>& members, std::string_view key) {
  const auto found = std::ranges::find(members, key, &JsonMember::key);
  if (found == members.end()) return std::nullopt;
  return found->value;
}

}  // namespace tt::data
