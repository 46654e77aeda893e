#include "tokenizer/scores.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

namespace tt::tokenizer {
namespace {

constexpr int kLargestPower = 308;

const std::array<double, kLargestPower + 1>& powers_of_ten() {
  static const auto table = [] {
    std::array<double, kLargestPower + 1> out{};
    for (std::size_t i = 0; i < out.size(); ++i) {
      const std::string text = "1e" + std::to_string(i);
      std::from_chars(text.data(), text.data() + text.size(), out[i]);
    }
    return out;
  }();
  return table;
}

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// Digits up to as many as 64 bits hold; those behind count by their place alone.
class Significand {
 public:
  void add(char c, bool is_fraction) noexcept {
    const auto digit = static_cast<std::uint64_t>(c - '0');
    constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
    full_ = full_ || value_ > kMost / 10 || (value_ == kMost / 10 && digit > kMost % 10);
    if (!full_) value_ = value_ * 10 + digit;
    if (full_ && !is_fraction) ++exponent_;
    if (!full_ && is_fraction) --exponent_;
  }
  [[nodiscard]] double times_ten_to(int power) const noexcept {
    auto out = static_cast<double>(value_);
    for (power += exponent_; power < -kLargestPower && out != 0; power += kLargestPower) {
      out /= powers_of_ten()[kLargestPower];
    }
    if (power > kLargestPower) return out == 0 ? 0 : std::numeric_limits<double>::infinity();
    const double by = powers_of_ten()[static_cast<std::size_t>(std::abs(std::max(power, -kLargestPower)))];
    return power < 0 ? out / by : out * by;
  }

 private:
  std::uint64_t value_ = 0;
  int exponent_ = 0;
  bool full_ = false;
};

}  // namespace

double read_score(std::string_view text) noexcept {
  const bool is_negative = text.starts_with('-');
  if (is_negative) text.remove_prefix(1);
  Significand digits;
  std::size_t i = 0;
  for (; i < text.size() && is_digit(text[i]); ++i) digits.add(text[i], false);
  if (i < text.size() && text[i] == '.') ++i;
  for (; i < text.size() && is_digit(text[i]); ++i) digits.add(text[i], true);
  int power = 0;
  if (i < text.size()) {
    ++i;  // the e
    const bool is_small = i < text.size() && text[i] == '-';
    if (i < text.size() && !is_digit(text[i])) ++i;
    constexpr int kEnough = 100000;
    for (; i < text.size() && power < kEnough; ++i) power = power * 10 + (text[i] - '0');
    if (is_small) power = -power;
  }
  const double value = digits.times_ten_to(power);
  return is_negative ? -value : value;
}

}  // namespace tt::tokenizer
