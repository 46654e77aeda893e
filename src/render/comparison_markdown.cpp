#include <string>
#include <utility>
#include <vector>

#include "render/comparison_tables.hpp"
#include "render/markdown.hpp"
#include "render/result_sections.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/comparison_report.hpp"
#include "transfer_tune/record/format.hpp"
#include "transfer_tune/render/reports.hpp"

// compare.md: the verdict first, then what it rests on.

namespace tt::report {
namespace {

void add_table(Markdown& out, const PlainTable& table) {
  std::vector<Column> columns;
  columns.reserve(table.columns.size());
  for (const auto& [title, align] : table.columns) columns.push_back({title, align});
  std::vector<std::vector<Inline>> rows;
  rows.reserve(table.rows.size());
  for (const auto& row : table.rows) rows.emplace_back(row.begin(), row.end());
  out.table(columns, rows);
}

void add_reasons(Markdown& out, const ComparisonReport& report) {
  std::vector<Inline> items;
  items.reserve(report.pairs.size());
  for (const PairReport& pair : report.pairs) items.emplace_back(concat(pair.a, " and ", pair.b, ": ", pair.reason));
  out.list(items);
}

void add_source(Markdown& out, const ComparisonReport& report) {
  if (report.source_effects.empty()) return;
  out.heading(2, "What the source did");
  std::vector<Inline> items;
  items.reserve(report.source_effects.size());
  for (const SourceEffectReport& effect : report.source_effects) items.emplace_back(effect.sentence);
  out.list(items);
}

void add_failures(Markdown& out, const ComparisonReport& report) {
  if (report.failed.empty()) return;
  out.heading(2, "Runs left out");
  std::vector<Inline> items;
  items.reserve(report.failed.size());
  for (const FailedRunReport& run : report.failed) {
    items.emplace_back(concat(run.directory, " (", run.arm, "): ", run.reason));
  }
  out.list(items);
}

void add_runs(Markdown& out, const ComparisonReport& report) {
  std::vector<std::vector<Inline>> rows;
  for (const ArmReport& arm : report.arms) {
    for (std::size_t i = 0; i < arm.runs.size(); ++i) {
      rows.push_back({arm.name, std::to_string(arm.runs[i].seed), percent(arm.accuracy.per_seed.at(i)),
                      fixed(arm.macro_f1.per_seed.at(i), 3), arm.runs[i].directory});
    }
  }
  out.table({{"Arm", Align::left}, {"Seed"}, {"Accuracy"}, {"Macro F1"}, {"Directory", Align::left}}, rows);
}

void add_curve_method(Markdown& out, const ComparisonReport& report) {
  std::vector<Inline> items;
  if (!report.savings.empty()) {
    items.emplace_back(concat("What ", report.baseline_arm.value(),
                              " needs to be as accurate is read off its learning curve, straight lines between points "
                              "over the logarithm of the texts per label; the interval is over seeds. Where the curve "
                              "does not get there, or starts above, its end is a bound."));
  }
  if (!report.forecasts.empty()) {
    items.emplace_back(
        "A forecast is a power law fitted to the learning curve; its interval comes from resamples of seeds and "
        "residuals, and says nothing of whether the law still holds beyond what was measured.");
  }
  out.list(items);
}

void add_method(Markdown& out, const ComparisonReport& report) {
  const std::vector<std::string> sentences = method_sentences(report);
  out.list({sentences.begin(), sentences.end()});
}

}  // namespace

std::string summary_markdown(const ComparisonReport& report) {
  Markdown out;
  out.heading(2, concat("Comparison of ", report.arms.size(), " arms",
                        report.gates.empty() ? "" : concat(": ", gate_verdict(report.gates))));
  out.paragraph(strong(report.verdict));
  add_table(out, arms_table(report));
  add_gate_table(out, report.gates);
  return out.text();
}

std::string to_markdown(const ComparisonReport& report) {
  Markdown out;
  out.heading(1, concat("Comparison of ", report.arms.size(), " arms"));
  out.paragraph(strong(report.verdict));
  add_table(out, arms_table(report));
  out.list({report.warnings.begin(), report.warnings.end()});
  if (const PlainTable savings = savings_table(report); !savings.rows.empty()) {
    out.heading(2, concat("Labels and time saved beside ", report.baseline_arm.value()));
    add_table(out, savings);
  }
  if (const PlainTable curve = curve_table(report); !curve.rows.empty()) {
    out.heading(2, "Learning curve");
    add_table(out, curve);
  }
  if (const PlainTable forecasts = forecasts_table(report); !forecasts.rows.empty()) {
    out.heading(2, "Forecast");
    add_table(out, forecasts);
  }
  add_source(out, report);
  add_gates(out, report.gates);
  out.heading(2, "Pairs");
  add_table(out, pairs_table(report));
  add_reasons(out, report);
  const PlainTable tests = tests_table(report);
  if (!tests.rows.empty()) {
    out.heading(3, "Seed by seed");
    add_table(out, tests);
  }
  add_failures(out, report);
  out.heading(2, "Runs");
  add_runs(out, report);
  out.heading(2, "How to read this");
  add_method(out, report);
  add_curve_method(out, report);
  return out.text();
}

}  // namespace tt::report
