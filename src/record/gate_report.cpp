#include "transfer_tune/record/gate_report.hpp"

#include <algorithm>
#include <cstdint>

#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"

namespace tt::report {

std::size_t failed_count(const std::vector<GateReport>& gates) {
  return static_cast<std::size_t>(
      std::count_if(gates.begin(), gates.end(), [](const auto& each) { return !each.passed; }));
}

std::string gate_line(const GateReport& gate) {
  return concat(gate.passed ? "PASS " : "FAIL ", gate.gate, ": ", gate.found);
}

std::string gate_verdict(const std::vector<GateReport>& gates) {
  const auto all = static_cast<std::int64_t>(gates.size());
  const std::size_t failures = failed_count(gates);
  const std::string of_all = counted(all, "quality gate", "quality gates");
  return failures == 0 ? of_all + " passed" : concat(failures, " of ", of_all, " failed");
}

}  // namespace tt::report
