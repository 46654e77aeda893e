#include "render/scale.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"

namespace tt::report {
namespace {

/// The one of 1, 2, 5 times a power of ten that is nearest to `step` as a ratio.
double round_step(double step) {
  const double power = std::pow(10.0, std::floor(std::log10(step)));
  const double ratio = step / power;  // from 1 to 10
  return power * (ratio < std::sqrt(2.0) ? 1 : ratio < std::sqrt(10.0) ? 2 : ratio < std::sqrt(50.0) ? 5 : 10);
}

double step_for(const Range& range, int count) {
  const double span = range.high - range.low;
  return span > 0 && std::isfinite(span) ? round_step(span / std::max(count, 1)) : 1.0;
}

int decimals_for(double step) {
  return step >= 1 || step <= 0 ? 0 : std::min(6, static_cast<int>(std::ceil(-std::log10(step) - 1e-9)));
}

std::size_t code_point_length(unsigned char lead) { return lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4; }

double character_width(std::string_view character) {
  const auto lead = static_cast<unsigned char>(character.front());
  if (lead >= 0xE2) return lead == 0xE2 ? 0.7 : 1.0;  // from U+2000 punctuation, from U+3000 wide characters
  if (std::string_view("iljI.,:;'|! ()").find(character.front()) != std::string_view::npos) return 0.34;
  if (std::string_view("mwMW%@").find(character.front()) != std::string_view::npos) return 0.88;
  const bool is_capital = character.front() >= 'A' && character.front() <= 'Z';
  return is_capital ? 0.68 : 0.56;
}

}  // namespace

std::string axis_number(double value, double step, NumberStyle style) {
  switch (style) {
    case NumberStyle::percent:
      return fixed(100 * value, decimals_for(100 * step)) + "%";
    case NumberStyle::points: {
      const std::string shown = fixed(std::abs(100 * value), decimals_for(100 * step));
      return value == 0 ? shown : concat(value < 0 ? "−" : "+", shown);
    }
    case NumberStyle::seconds:
      if (value < 120 || !std::isfinite(value)) return fixed(value, decimals_for(step)) + " s";
      return value < 7200 ? fixed(value / 60, value < 600 && std::fmod(value, 60) != 0 ? 1 : 0) + " min"
                          : fixed(value / 3600, 1) + " h";
    case NumberStyle::plain:
      break;
  }
  if (step >= 1 && std::abs(value) >= 1000 && std::abs(value) < 1e15) return grouped(std::llround(value));
  return fixed(value, decimals_for(step));
}

Range range_of(const std::vector<double>& values) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  Range range{kInfinity, -kInfinity};
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    range.low = std::min(range.low, value);
    range.high = std::max(range.high, value);
  }
  return range.low <= range.high ? range : Range{};
}

std::vector<Tick> ticks(const Range& range, int count, NumberStyle style) {
  const double step = step_for(range, count);
  const double first = std::ceil(range.low / step - 1e-9);
  const double last = std::floor(range.high / step + 1e-9);
  std::vector<Tick> out;
  // Counted in whole steps: sums of steps would drift. More than 1,000 would mean a range beyond a double's precision.
  for (double i = first; i <= last && out.size() < 1000; ++i) {
    const double value = i == 0 ? 0 : i * step;
    out.push_back({value, axis_number(value, step, style)});
  }
  return out;
}

std::vector<Tick> log_ticks(const Range& range, NumberStyle style) {
  const double decades = std::log10(range.high / range.low);
  std::vector<double> factors{1, 2, 5};
  if (decades > 2.5) factors = {1};
  std::vector<Tick> out;
  const auto lowest = static_cast<int>(std::floor(std::log10(range.low)));
  const auto highest = static_cast<int>(std::ceil(std::log10(range.high)));
  for (int exponent = lowest; exponent <= highest; ++exponent) {
    for (const double factor : factors) {
      const double value = factor * std::pow(10.0, exponent);
      if (value < range.low * (1 - 1e-9) || value > range.high * (1 + 1e-9)) continue;
      out.push_back({value, axis_number(value, value, style)});
    }
  }
  return out;
}

Range rounded_out(const Range& range, int count) {
  if (!(range.high > range.low)) {
    const double reach = range.low == 0 ? 1 : std::abs(range.low) / 2;
    return rounded_out({range.low - reach, range.low + reach}, count);
  }
  const double step = step_for(range, count);
  return {std::floor(range.low / step + 1e-9) * step, std::ceil(range.high / step - 1e-9) * step};
}

Scale::Scale(const Range& domain, double from, double to, bool logarithmic)
    : domain_(domain), from_(from), to_(to), logarithmic_(logarithmic) {}

double Scale::operator()(double value) const {
  const auto place = [&](double v) { return logarithmic_ ? std::log(v) : v; };
  const double span = place(domain_.high) - place(domain_.low);
  if (!(span > 0)) return (from_ + to_) / 2;
  return from_ + (place(value) - place(domain_.low)) / span * (to_ - from_);
}

double text_width(const std::string& text, double size) {
  double width = 0;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = code_point_length(static_cast<unsigned char>(text[i]));
    width += character_width(std::string_view(text).substr(i, length));
    i += length;
  }
  return width * size;
}

std::string fitted(const std::string& text, double size, double width) {
  if (text_width(text, size) <= width) return text;
  std::string kept;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = code_point_length(static_cast<unsigned char>(text[i]));
    const std::string longer = kept + text.substr(i, length);
    if (text_width(longer + "…", size) > width) break;
    kept = longer;
    i += length;
  }
  return kept + "…";
}

}  // namespace tt::report
