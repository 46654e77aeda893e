#include "transfer_tune/core/hub_name.hpp"

#include <algorithm>
#include <cctype>

namespace tt {
namespace {

constexpr std::size_t kLongest = 96;

bool is_part(std::string_view part) {
  const auto is_plain = [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.'; };
  const auto is_end = [](char c) { return c == '.' || c == '-'; };
  return !part.empty() && std::ranges::all_of(part, is_plain) && !is_end(part.front()) && !is_end(part.back()) &&
         part.find("--") == std::string_view::npos && part.find("..") == std::string_view::npos;
}

}  // namespace

bool is_hub_name(std::string_view text) {
  if (text.size() > kLongest) return false;
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return is_part(text);
  return is_part(text.substr(0, slash)) && is_part(text.substr(slash + 1));
}

}  // namespace tt
