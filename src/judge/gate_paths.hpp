#pragma once

#include <limits>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "transfer_tune/core/gate.hpp"

// The way of a gate's path through a report, and through the schema that every report follows.

namespace tt::report {

/// What lies at the end of a path.
struct GateFigure {
  std::string place;  ///< the path with its entries named
  double value = std::numeric_limits<double>::quiet_NaN();
  bool is_count = false;   ///< an integer in JSON, or true (1) or false (0)
  std::string problem{};   ///< why there is no number; empty: there is one
  bool undefined = false;  ///< the problem is a null
};

/// One figure; several where the path goes through every entry of a list.
[[nodiscard]] std::vector<GateFigure> find_figures(const nlohmann::ordered_json& report,
                                                   const nlohmann::ordered_json& schema,
                                                   std::span<const GateStep> path);

/// Why no report of this `schema` has a number there; empty when one may.
[[nodiscard]] std::string find_path_problem(const nlohmann::ordered_json& schema, std::span<const GateStep> path);

}  // namespace tt::report
