#include "transfer_tune/record/format.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "transfer_tune/core/text.hpp"

namespace tt::report {
namespace {

constexpr std::string_view kDash = "–";
constexpr double kSmallestShownP = 0.001;

template <class... Format>
std::string digits(double value, Format... format) {
  if (!std::isfinite(value)) return std::string(kDash);
  std::array<char, 400> buffer{};  // the largest double has 309 digits before the point
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format...).ptr;
  return {buffer.data(), end};
}

bool is_plain_in_shell(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_-./=:,+@%").find(c) != std::string_view::npos;
}

}  // namespace

std::string fixed(double value, int decimals) {
  std::string text = digits(value, std::chars_format::fixed, decimals);
  const bool is_zero = std::isfinite(value) && text.find_first_of("123456789") == std::string::npos;
  return is_zero && text.front() == '-' ? text.substr(1) : text;
}

std::string percent(double share) { return std::isfinite(share) ? fixed(100 * share, 1) + "%" : std::string(kDash); }

std::string points(double difference) { return fixed(100 * std::abs(difference), 1) + " points"; }

std::string shortest(double value) { return digits(value); }

std::string significant(double value) { return digits(value, std::chars_format::general, 3); }

std::string grouped(std::int64_t value) {
  std::string text = std::to_string(value);
  const std::size_t first = value < 0 ? 1 : 0;
  for (std::size_t i = text.size(); i > first + 3;) {
    i -= 3;
    text.insert(i, 1, ',');
  }
  return text;
}

std::string duration(double seconds) {
  if (seconds < 10 || !std::isfinite(seconds)) return fixed(seconds, 2) + " s";
  if (seconds < 99.95) return fixed(seconds, 1) + " s";
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  const std::string rest = std::to_string(whole % 60);
  return concat(grouped(whole / 60), " min ", rest.size() < 2 ? "0" : "", rest, " s");
}

std::string mebibytes(std::int64_t bytes) {
  constexpr double kBytesPerMebibyte = 1024.0 * 1024.0;
  return fixed(static_cast<double>(bytes) / kBytesPerMebibyte, 0) + " MiB";
}

std::string counted(std::int64_t count, std::string_view singular, std::string_view plural) {
  return concat(grouped(count), " ", count == 1 ? singular : plural);
}

std::string excerpt(std::string_view text, std::size_t limit) {
  std::size_t points_seen = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool starts_code_point = (static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U;
    if (starts_code_point && points_seen++ == limit) return std::string(text.substr(0, i)) + "…";
  }
  return std::string(text);
}

std::string interval_words(const evaluation::Interval& interval) {
  return std::isnan(interval.low) ? std::string(kDash) : concat(percent(interval.low), " to ", percent(interval.high));
}

std::string points_interval(const evaluation::Interval& interval) {
  if (std::isnan(interval.low)) return "–";
  return concat(fixed(100 * interval.low, 1), " to ", fixed(100 * interval.high, 1));
}

std::string p_cell(double p) { return p < kSmallestShownP ? "<0.001" : fixed(p, 3); }

std::string p_text(double p) { return p < kSmallestShownP ? "p under 0.001" : concat("p ", fixed(p, 3)); }

std::string shell_word(std::string_view argument) {
  if (!argument.empty() && std::all_of(argument.begin(), argument.end(), is_plain_in_shell)) {
    return std::string(argument);
  }
  std::string word = "'";
  for (const char c : argument) {
    if (c == '\'') {
      word += "'\\''";
    } else {
      word += c;
    }
  }
  word += '\'';
  return word;
}

}  // namespace tt::report
