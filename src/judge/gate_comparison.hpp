#pragma once

#include <limits>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "transfer_tune/core/gate.hpp"
#include "transfer_tune/judge/gates.hpp"

// One figure of two reports: is the newer significantly worse?

namespace tt::report {

struct ComparedReport {
  nlohmann::ordered_json report;
  const GateSubject& subject;
};

struct Comparison {
  bool passed = false;
  double value = std::numeric_limits<double>::quiet_NaN();  ///< the newer report's figure
  std::string found{};                                      ///< both figures and how they were compared, or why not
};

/// Where the 95% interval of the figure at `path` stands: the first of its two bounds.
[[nodiscard]] std::vector<GateStep> interval_path(std::span<const GateStep> path);

/// By McNemar's exact test over the texts that both answered, at the 5% level; where the answers cannot be paired, by
/// whether the intervals lie apart.
[[nodiscard]] Comparison compare(const ComparedReport& current, const ComparedReport& baseline,
                                 const nlohmann::ordered_json& schema, std::span<const GateStep> path);

}  // namespace tt::report
