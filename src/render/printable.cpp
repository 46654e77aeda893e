#include "transfer_tune/render/printable.hpp"

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

std::string printable_lines(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    out += printable(text.substr(0, end));
    if (end < text.size()) out += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string printable_line(std::string text) {
  for (char& c : text) {
    if (c == '\n' || c == '\r' || c == '\t') c = ' ';
  }
  return printable(text);
}

}  // namespace tt::report
