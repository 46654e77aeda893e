#include "transfer_tune/evaluation/mcnemar.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tt::evaluation {

double mcnemar_exact(std::size_t first, std::size_t second) {
  const std::size_t count = first + second;
  // Logarithms, since one half to the power of a few thousand is no longer a double.
  double log_term = -static_cast<double>(count) * std::numbers::ln2;
  double tail = std::exp(log_term);
  for (std::size_t k = 1; k <= std::min(first, second); ++k) {
    log_term += std::log(static_cast<double>(count - k + 1) / static_cast<double>(k));
    tail += std::exp(log_term);
  }
  return std::min(1.0, 2 * tail);
}

}  // namespace tt::evaluation
