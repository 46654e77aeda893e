#include <string>
#include <vector>

#include "render/backends.hpp"
#include "render/html/document.hpp"
#include "render/sections/comparison.hpp"
#include "render/sections/sections.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"
#include "transfer_tune/render/printable.hpp"
#include "transfer_tune/render/reports.hpp"

// The report of a comparison: the verdict first, then what it rests on.

namespace tt::report {
namespace {

/// Nothing without rows.
Blocks where_it_has_rows(Table table) {
  Blocks out;
  if (!table.rows.empty()) out.add(std::move(table));
  return out;
}

Blocks failed_section(const ComparisonReport& report) {
  std::vector<Inline> items;
  items.reserve(report.failed.size());
  for (const FailedRunReport& run : report.failed) {
    items.push_back(name(run.directory) + " (" + name(run.arm) + "): " + run.reason);
  }
  Blocks out;
  out.list(std::move(items));
  return out;
}

Table runs_table(const ComparisonReport& report) {
  Table table{"Every run that was compared",
              {{"Arm", Align::left}, {"Seed"}, {"Accuracy"}, {"Macro F1"}, {"Directory", Align::left}},
              {}};
  for (const ArmReport& arm : report.arms) {
    for (std::size_t i = 0; i < arm.runs.size(); ++i) {
      table.rows.push_back({name(arm.name), std::to_string(arm.runs[i].seed), percent(arm.accuracy.per_seed.at(i)),
                            fixed(arm.macro_f1.per_seed.at(i), 3), name(arm.runs[i].directory)});
    }
  }
  return table;
}

Document document_of(const ComparisonReport& report) {
  const std::string arms = concat(report.arms.size(), " arms");
  Document out;
  out.window_title = concat("Comparison of ", arms, " – transfer-tune");
  out.eyebrow = concat("transfer-tune compare · ", arms);
  out.title = concat("Comparison of ", arms);
  out.page_title = report.recommended ? "Ship " + name(*report.recommended) : "The texts do not say which to ship";
  out.header.paragraph(strong(report.verdict), Paragraph::Role::lead);
  add_gate_lead(out.header, report.gates);
  out.header.list({report.warnings.begin(), report.warnings.end()});
  out.sections = {{"learning-curves", "Learning curve", learning_curves_section(report)},
                  {"savings", "Labels and time saved beside " + name(report.baseline_arm.value_or("")),
                   where_it_has_rows(savings_table(report))},
                  {"forecast", "Forecast", where_it_has_rows(forecasts_table(report))},
                  {"source", "What the source did", source_effects_section(report)},
                  {"arms", "Accuracy and cost", arms_section(report)},
                  {"gates", "Quality gates", gates_section(report.gates)},
                  {"pairs", "Pairs", pairs_section(report)},
                  {"languages", "Languages", comparison_languages_section(report)},
                  {"failed", "Runs left out", failed_section(report)},
                  {"runs", "Runs", where_it_has_rows(runs_table(report))},
                  {"method", "How to read this", method_section(report)}};
  out.footer = "The same figures, for programs, are in compare.json. One file: it loads nothing and runs no script.";
  return out;
}

}  // namespace

std::string to_markdown(const ComparisonReport& report) { return markdown_of(document_of(report)); }
std::string to_html(const ComparisonReport& report) { return html::page_of(document_of(report)); }

std::string to_text(const ComparisonReport& report) {
  std::string out = concat(text_of(arms_table(report)), '\n', text_of(pairs_table(report)));
  for (const Table& table : {curve_table(report), savings_table(report), forecasts_table(report),
                             language_means_table(report), language_pairs_table(report)}) {
    if (!table.rows.empty()) out += '\n' + text_of(table);
  }
  for (const SourceEffectReport& effect : report.source_effects) out += concat('\n', printable(effect.sentence));
  if (!report.source_effects.empty()) out += '\n';
  for (const FailedRunReport& run : report.failed) {
    out += concat("\nleft out: ", printable(concat(run.directory, ": ", run.reason)));
  }
  for (const std::string& warning : report.warnings) out += concat("\nwarning: ", printable(warning));
  if (!report.failed.empty() || !report.warnings.empty()) out += '\n';
  return concat(out, '\n', printable(report.verdict), '\n');
}

std::string summary_markdown(const ComparisonReport& report) {
  Blocks out;
  out.heading(2, concat("Comparison of ", report.arms.size(), " arms",
                        report.gates.empty() ? "" : concat(": ", gate_verdict(report.gates))));
  out.paragraph(strong(report.verdict));
  out.add(arms_table(report));
  if (!report.gates.empty()) out.add(gate_table(report.gates));
  return markdown_of(out);
}

}  // namespace tt::report
