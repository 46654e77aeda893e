#pragma once

#include <utility>
#include <vector>

#include "transfer_tune/evaluation/significance.hpp"
#include "transfer_tune/record/comparison_report.hpp"

namespace tt::report {

/// One figure a run, and their spread.
[[nodiscard]] inline SeedFigures seed_figures(std::vector<double> per_seed) {
  const evaluation::Spread spread = evaluation::over_seeds(per_seed);
  SeedFigures out;
  out.per_seed = std::move(per_seed);
  out.mean = spread.mean;
  out.sd = spread.sd;
  return out;
}

}  // namespace tt::report
