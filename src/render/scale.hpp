#pragma once

#include <string>
#include <vector>

// From figures to places in a chart.

namespace tt::report {

/// A mark on an axis.
struct Tick {
  double value = 0;
  std::string label;
};

/// How an axis writes its numbers.
enum class NumberStyle {
  plain,
  percent,  ///< of shares
  points,   ///< of differences of shares, signed
  seconds,
};

/// `value` in as many decimals as neighbours `step` apart need.
[[nodiscard]] std::string axis_number(double value, double step, NumberStyle style);

/// The finite values' range; 0 to 1 without any.
struct Range {
  double low = 0;
  double high = 1;
};
[[nodiscard]] Range range_of(const std::vector<double>& values);

/// Round numbers 1, 2 or 5 times a power of ten apart that lie in `range`, about as many as `count`.
[[nodiscard]] std::vector<Tick> ticks(const Range& range, int count, NumberStyle style);
/// As `ticks` for a logarithmic axis: powers of ten, and 2 and 5 times them where few powers fit. Takes positive
/// ranges.
[[nodiscard]] std::vector<Tick> log_ticks(const Range& range, NumberStyle style);

/// `range` widened to round numbers about `count` of which fill it; a range without extent gets one.
[[nodiscard]] Range rounded_out(const Range& range, int count);

/// Maps `domain` to places between `from` and `to`, linearly or by the logarithm.
class Scale {
 public:
  Scale() = default;
  Scale(const Range& domain, double from, double to, bool logarithmic = false);
  [[nodiscard]] double operator()(double value) const;
  [[nodiscard]] double from() const noexcept { return from_; }
  [[nodiscard]] double to() const noexcept { return to_; }

 private:
  Range domain_;
  double from_ = 0;
  double to_ = 1;
  bool logarithmic_ = false;
};

/// Width of `text` at font size `size`, as estimated without a font: generous for Latin letters, one em for wide ones.
[[nodiscard]] double text_width(const std::string& text, double size);
/// `text` cut with an ellipsis to fit `width`.
[[nodiscard]] std::string fitted(const std::string& text, double size, double width);

}  // namespace tt::report
