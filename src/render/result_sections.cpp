#include "render/result_sections.hpp"

#include <filesystem>
#include <optional>

#include "render/evaluation_sections.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"

namespace tt::report {
namespace {

void add_floor(std::vector<std::vector<Inline>>& rows, const char* name,
               const std::optional<evaluation::Baseline>& floor) {
  if (floor) rows.push_back({name, percent(floor->accuracy), "", fixed(floor->macro_f1, 3)});
}

}  // namespace

const EvaluationReport* figures_of(const RunReport& report) {
  if (report.target.test) return &*report.target.test;
  return report.cross_validation ? &*report.cross_validation : nullptr;
}

std::string target_name(const RunReport& report) {
  return report.target.data.name.empty() ? "target" : report.target.data.name;
}

std::string encoder_name(const RunReport& report) {
  const std::filesystem::path path(report.encoder.path);
  return (path.has_filename() ? path.filename() : path.parent_path().filename()).string();
}

void add_result_table(Markdown& out, const RunReport& report, const EvaluationReport& figures) {
  std::vector<std::vector<Inline>> rows{{strong(concat("adapted, policy ", report.target.policy.name)),
                                         strong(percent(figures.accuracy)), interval_text(figures.accuracy_ci95),
                                         strong(fixed(figures.macro.f1, 3))}};
  add_floor(rows, "nearest label name, no training", report.baselines.nearest_label_name);
  add_floor(rows, "most frequent label", report.baselines.majority);
  out.table({{"", Align::left}, {"Accuracy"}, {"95% interval"}, {"Macro F1"}}, rows);
}

void add_gate_table(Markdown& out, const std::vector<GateReport>& gates) {
  if (gates.empty()) return;
  std::vector<std::vector<Inline>> rows;
  rows.reserve(gates.size());
  for (const GateReport& gate : gates) {
    rows.push_back({gate.passed ? Inline("pass") : strong("FAIL"), gate.gate, gate.found});
  }
  out.table({{"", Align::left}, {"Gate", Align::left}, {"Found", Align::left}}, rows);
}

void add_gates(Markdown& out, const std::vector<GateReport>& gates) {
  if (gates.empty()) return;
  out.heading(2, "Quality gates");
  out.paragraph(strong(gate_verdict(gates)) + ".");
  add_gate_table(out, gates);
}

}  // namespace tt::report
