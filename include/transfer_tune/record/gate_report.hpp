#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "transfer_tune/evaluation/metrics.hpp"

namespace tt::report {

/// How one quality gate went.
struct GateReport {
  std::string gate;  ///< as it was asked, evenly spaced
  bool passed = false;
  double value = evaluation::kUndefined;  ///< the figure it was judged by
  std::string found;                      ///< that figure and what belongs to it, or why there is none
};

[[nodiscard]] std::size_t failed_count(const std::vector<GateReport>& gates);

/// "PASS test.accuracy >= 0.9: 0.931".
[[nodiscard]] std::string gate_line(const GateReport& gate);

/// "1 of 3 quality gates failed" or "3 quality gates passed".
[[nodiscard]] std::string gate_verdict(const std::vector<GateReport>& gates);

}  // namespace tt::report
