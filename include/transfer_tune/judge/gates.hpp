#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "transfer_tune/core/gate.hpp"
#include "transfer_tune/record/finished_run.hpp"
#include "transfer_tune/record/gate_report.hpp"

// Quality gates judged by what a report says.

namespace tt::report {

struct ComparisonReport;
struct EvaluationReport;
struct RunReport;

/// What a gate can be about: report.json of a run, its block `test` alone of an evaluation (so that a gate reads the
/// same for both), or compare.json.
enum class GateScope { run, evaluation, comparison };

/// A report as gates see it.
struct GateSubject {
  std::string json;                  ///< the report, or as much of it as there is
  GateScope scope = GateScope::run;  ///< what `json` is
  std::optional<Answers> answers{};  ///< what lies beside it in predictions.jsonl
  std::string no_answers{};          ///< why there are none
};

[[nodiscard]] GateSubject gate_subject(const RunReport& report, std::optional<Answers> answers);
[[nodiscard]] GateSubject gate_subject(const EvaluationReport& report, std::optional<Answers> answers);
[[nodiscard]] GateSubject gate_subject(const ComparisonReport& report);

/// An older report.json, or what `evaluate --json` printed, with the predictions.jsonl beside it. Throws `UsageError`
/// when it is neither.
[[nodiscard]] GateSubject read_baseline(const std::filesystem::path& report);

/// Why no report can answer `gate`: it asks for what is not among the fields. Empty when one may.
[[nodiscard]] std::string gate_problem(const Gate& gate, GateScope scope);

/// Each gate in order. One whose figure is missing, null or not a number has failed, where true counts as 1 and false
/// as 0; `not_worse` needs the baseline.
///
/// Over every entry of a list, entries whose figure is null are left out, and named; at least one has to have one.
/// `not_worse` fails when the figure is significantly (5%) worse than the baseline's: by McNemar's exact test where
/// both runs answered the same texts, else when its 95% interval lies below the baseline's.
[[nodiscard]] std::vector<GateReport> judge_gates(std::span<const Gate> gates, const GateSubject& subject,
                                                  const std::optional<GateSubject>& baseline);

}  // namespace tt::report
