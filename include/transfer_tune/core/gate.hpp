#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// Quality gates as they are written: "test.accuracy >= 0.9". The language stands here because settings check it and
// reports are judged by it.

namespace tt {

/// One step of a gate's way into report.json.
struct GateStep {
  enum class Kind {
    field,  ///< `.name`: of an object
    entry,  ///< `["name"]`: the entry of a list whose first field is this text
    index,  ///< `[3]`: the entry of a list at this place, from 0
    every,  ///< `[*]`: each entry of a list
  };
  Kind kind = Kind::field;
  std::string name{};
  std::size_t index = 0;
};

/// The steps as they are written: `test.per_class["card arrival"].recall`.
[[nodiscard]] std::string to_string(std::span<const GateStep> path);

enum class GateOperator { at_least, above, at_most, below, equal };

/// A figure of the report and what it has to be.
struct Gate {
  std::string text{};  ///< evenly spaced: "test.accuracy >= 0.9"
  std::vector<GateStep> path{};
  bool not_worse = false;  ///< compare with a baseline's figure; there is no operator and no bound then
  GateOperator comparison = GateOperator::at_least;
  double bound = 0;
};

/// Reads `PATH OPERATOR NUMBER` or `not_worse(PATH)`. Throws `UsageError` that says at which column (from 1, in
/// characters) what was found and what was expected.
[[nodiscard]] Gate parse_gate(std::string_view text);

/// Whether `value` is what the gate's operator and bound ask for; never for NaN.
[[nodiscard]] bool holds(const Gate& gate, double value);

}  // namespace tt
