#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "transfer_tune/evaluation/bootstrap.hpp"

// Numbers and texts as a person reads them. What is undefined (NaN) is a dash.

namespace tt::report {

/// "0.873" with three decimals.
[[nodiscard]] std::string fixed(double value, int decimals);
/// "87.3%".
[[nodiscard]] std::string percent(double share);
/// "0.6 points": the size of a difference between two shares.
[[nodiscard]] std::string points(double difference);
/// Shortest form that reads back as the same number: "3e-05", "0.5".
[[nodiscard]] std::string shortest(double value);
/// Three significant digits.
[[nodiscard]] std::string significant(double value);
/// "22,713,216".
[[nodiscard]] std::string grouped(std::int64_t value);
/// "0.84 s", "12.3 s", "4 min 05 s".
[[nodiscard]] std::string duration(double seconds);
/// "512 MiB".
[[nodiscard]] std::string mebibytes(std::int64_t bytes);
/// "1 text", "2 texts": a count with its noun.
[[nodiscard]] std::string counted(std::int64_t count, std::string_view singular, std::string_view plural);
/// `text` cut to `limit` code points, with an ellipsis when something is missing.
[[nodiscard]] std::string excerpt(std::string_view text, std::size_t limit);
/// "86.1% to 88.5%": the interval of a share.
[[nodiscard]] std::string interval_words(const evaluation::Interval& interval);
/// "0.5 to 1.9": the interval of a difference, in points.
[[nodiscard]] std::string points_interval(const evaluation::Interval& interval);
/// "0.041", "<0.001".
[[nodiscard]] std::string p_cell(double p);
/// "p 0.041", "p under 0.001".
[[nodiscard]] std::string p_text(double p);
/// `argument` as one word of a POSIX shell command.
[[nodiscard]] std::string shell_word(std::string_view argument);

}  // namespace tt::report
