#include "evaluation/percentile.hpp"

#include <algorithm>
#include <cmath>

namespace tt::evaluation {

double percentile(const std::vector<double>& sorted, double share) {
  const double position = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], position - std::floor(position));
}

Interval percentile_interval(std::vector<double> figures) {
  if (figures.empty()) return {};
  std::sort(figures.begin(), figures.end());
  return {.low = percentile(figures, 0.025), .high = percentile(figures, 0.975)};
}

}  // namespace tt::evaluation
