#include "runs/gates.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/log.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/gate_report.hpp"

namespace tt::runs {

Gates::Gates(const std::vector<std::string>& texts, const std::optional<std::filesystem::path>& baseline,
             report::GateScope scope) {
  std::vector<std::string> problems;
  const auto add_problem = [&](const std::string& text, const std::string& problem) {
    problems.push_back(concat("gate ", quote(text), ": ", problem));
  };
  gates_.reserve(texts.size());
  for (const std::string& text : texts) {
    try {
      const Gate& gate = gates_.emplace_back(parse_gate(text));
      if (const std::string problem = report::gate_problem(gate, scope); !problem.empty()) {
        add_problem(text, problem);
      } else if (gate.not_worse && !baseline) {
        add_problem(text, "found no baseline, expected an older report.json as --baseline or evaluation.baseline");
      }
      need_answers_ = need_answers_ || gate.not_worse;
    } catch (const UsageError& error) {
      add_problem(text, error.what());
    }
  }
  if (!problems.empty()) throw UsageError(join(problems, "\n"));
  if (!baseline) return;
  if (need_answers_) {
    baseline_ = report::read_baseline(*baseline);
  } else {
    log_warning(concat("no gate compares with the baseline ", baseline->string(), "; not_worse(test.accuracy) would"));
  }
}

std::vector<report::GateReport> Gates::judge(const report::GateSubject& subject) const {
  return report::judge_gates(gates_, subject, baseline_);
}

}  // namespace tt::runs
