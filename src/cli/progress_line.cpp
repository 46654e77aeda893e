#include "cli/progress_line.hpp"

#include "transfer_tune/core/text.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iomanip>
#include <sstream>
#include <vector>

namespace tt::cli {
namespace {

constexpr std::size_t kBarWidth = 24;

double share_of(const Progress& progress) {
  if (progress.total == 0) return 0;
  return std::min(1.0, static_cast<double>(progress.done) / static_cast<double>(progress.total));
}

std::string percent(double share) { return concat(static_cast<int>(share * 100), "%"); }

/// "1:05" or "2:00:09".
std::string clock_time(double seconds) {
  const auto total = static_cast<std::int64_t>(std::llround(seconds));
  const std::int64_t hours = total / 3600;
  std::ostringstream out;
  if (hours > 0) out << hours << ':' << std::setw(2) << std::setfill('0');
  out << total / 60 % 60 << ':' << std::setw(2) << std::setfill('0') << total % 60;
  return std::move(out).str();
}

/// Loss, speed and the time left or taken, as far as they are known.
std::vector<std::string> figures(const Progress& progress, double elapsed) {
  std::vector<std::string> parts;
  std::ostringstream number;
  number << std::fixed;
  if (!std::isnan(progress.loss)) {
    number << std::setprecision(3) << progress.loss;
    parts.push_back("loss " + number.str());
  }
  if (!std::isnan(progress.examples_per_second)) {
    number.str("");
    number << std::setprecision(0) << progress.examples_per_second;
    parts.push_back(number.str() + " examples/s");
  }
  const double share = share_of(progress);
  if (share >= 1) {
    parts.push_back("took " + clock_time(elapsed));
  } else if (share > 0) {
    parts.push_back(clock_time(elapsed * (1 - share) / share) + " left");
  }
  return parts;
}

}  // namespace

std::string bar_line(const Progress& progress, double elapsed, std::size_t width) {
  const double share = share_of(progress);
  const auto filled = static_cast<std::size_t>(share * static_cast<double>(kBarWidth));
  std::string line = concat(progress.stage, "  [", std::string(filled, '#'), std::string(kBarWidth - filled, '-'),
                            "]  ", percent(share));
  for (const auto& part : figures(progress, elapsed)) line += "  " + part;
  return line.substr(0, width);
}

std::string plain_line(const Progress& progress, double elapsed) {
  std::string line =
      concat(progress.stage, ": ", progress.done, " of ", progress.total, " (", percent(share_of(progress)), ")");
  for (const auto& part : figures(progress, elapsed)) line += ", " + part;
  return line;
}

}  // namespace tt::cli
