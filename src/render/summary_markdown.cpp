#include <string>
#include <vector>

#include "render/evaluation_sections.hpp"
#include "render/result_sections.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/judge/gates.hpp"
#include "transfer_tune/record/format.hpp"
#include "transfer_tune/render/reports.hpp"

// The Markdown that `--summary` writes. Headings begin at the second level: a CI job's page has a first one already.

namespace tt::report {
namespace {

std::string accuracy_of(const EvaluationReport* figures) {
  return figures == nullptr || figures->examples == 0 ? "not tested" : percent(figures->accuracy) + " accuracy";
}

std::string title(const std::string& name, const EvaluationReport* figures, const std::vector<GateReport>& gates) {
  return concat(name, ": ", accuracy_of(figures), gates.empty() ? "" : concat(", ", gate_verdict(gates)));
}

}  // namespace

std::string summary_markdown(const RunReport& report) {
  const EvaluationReport* figures = figures_of(report);
  Markdown out;
  out.heading(2, title(target_name(report), figures, report.gates));
  if (figures != nullptr && figures->examples > 0) {
    add_result_table(out, report, *figures);
    out.paragraph(concat(report.target.test ? "On " : "Cross-validated on ",
                         counted(figures->examples, "text", "texts"), report.target.test ? " of the test file" : "",
                         "; ", duration(report.timing.total_seconds), " in all."));
  }
  add_gate_table(out, report.gates);
  return out.text();
}

std::string summary_markdown(const EvaluationReport& report, const std::vector<GateReport>& gates) {
  Markdown out;
  out.heading(2, title("Evaluation", &report, gates));
  if (report.examples > 0) {
    out.table({{"Accuracy"}, {"95% interval"}, {"Macro F1"}, {"Texts"}},
              {{strong(percent(report.accuracy)), interval_text(report.accuracy_ci95),
                strong(fixed(report.macro.f1, 3)), grouped(report.examples)}});
    out.paragraph("Data: " + report.data_path);
  }
  add_gate_table(out, gates);
  return out.text();
}

}  // namespace tt::report
