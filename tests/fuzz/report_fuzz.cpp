#include "fuzz/fuzz_target.hpp"
#include "transfer_tune/judge/gates.hpp"
#include "transfer_tune/record/decision_report.hpp"
#include "transfer_tune/record/finished_run.hpp"
#include "transfer_tune/record/run_report.hpp"
#include "transfer_tune/record/search_report.hpp"

#include <array>

// What a finished run left, as comparisons, gates, caches and `predict` read it: one text, for each of its readers.

namespace {

template <class Read>
void try_reader(const Read& read, std::string_view input) {
  (void)tt::fuzz::guarded([&] { (void)read(input); });
}

}  // namespace

TT_FUZZ_TARGET(report) {
  const std::string_view report = tt::fuzz::write_files(input, {"predictions.jsonl"});
  try_reader(tt::report::read_run_summary, report);
  try_reader(tt::report::read_run_settings, report);
  try_reader(tt::report::read_answers, report);
  try_reader(tt::report::read_stage_report, report);
  try_reader(tt::report::read_search_trial, report);
  try_reader(tt::report::read_decision, report);
  // One of them, since each asks for the whole schema of reports.
  constexpr std::array kGates{"test.accuracy >= 0.5", "not_worse(test.accuracy)", "test.per_class[*].f1 > 0.1"};
  const tt::Gate gate = tt::parse_gate(kGates.at(report.size() % kGates.size()));
  const auto baseline = tt::report::read_baseline(tt::fuzz::write_file_named("report.json", report));
  (void)tt::report::judge_gates({&gate, 1}, baseline, baseline);
}
