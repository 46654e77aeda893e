#include "render/html/row_chart.hpp"
#include "render/html/sections/sections.hpp"
#include "render/result_words.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"

namespace tt::report::html {
namespace {

void add_floor(std::vector<ChartRow>& rows, const char* name, const std::optional<evaluation::Baseline>& floor) {
  if (!floor) return;
  rows.push_back({.label = name, .value = floor->accuracy, .text = percent(floor->accuracy), .is_muted = true});
}

Html source_effect_part(const SourceReport& source) {
  const bool is_named = source.stage && !source.stage->data.name.empty();
  const std::string name = is_named ? source.stage->data.name : "source";
  return element("h3", "Did the source domain help?") +
         paragraph(strong(isolated(name)) + ": " + source_effect(source));
}

}  // namespace

Html result_section(const RunReport& report, const EvaluationReport& figures) {
  RowChart chart;
  chart.description = {"Accuracy beside floors that need no training",
                       concat("The adapted model answers ", percent(figures.accuracy),
                              " of the texts right, 95% interval ", interval_words(figures.accuracy_ci95), ".")};
  chart.x_style = NumberStyle::percent;
  chart.x_range = Range{0, 1};
  chart.rows = {{.label = concat("adapted, ", report.target.policy.name),
                 .value = figures.accuracy,
                 .interval = figures.accuracy_ci95,
                 .text = percent(figures.accuracy)}};
  add_floor(chart.rows, "nearest label name, untrained", report.baselines.nearest_label_name);
  add_floor(chart.rows, "always the most frequent label", report.baselines.majority);
  for (const ChartRow& row : chart.rows) {
    if (row.is_muted) chart.description.text += concat(" ", row.label, ": ", row.text, ".");
  }
  const bool is_tested = report.target.test.has_value();
  Html out = figure([&](double width) { return row_chart(chart, width); },
                    concat("Share of ", counted(figures.examples, "text", "texts"), " answered right, ",
                           is_tested ? "on the test file" : "cross-validated", "; the thin line is the 95% interval (",
                           grouped(figures.bootstrap_samples),
                           " bootstrap resamples). The floors answer the same texts without any training."));
  if (!is_tested) {
    out += paragraph(strong("There is no test file.") +
                     " These figures are cross-validated: each training text was answered by a model that had not seen "
                     "it.");
  }
  if (report.source) out += source_effect_part(*report.source);
  return out;
}

Html gate_lead(const std::vector<GateReport>& gates) {
  if (gates.empty()) return {};
  return paragraph(element("span", {{"class", failed_count(gates) == 0 ? "pass" : "fail"}}, gate_verdict(gates) + "."));
}

Html gates_section(const std::vector<GateReport>& gates) {
  if (gates.empty()) return {};
  std::vector<std::vector<Html>> rows;
  rows.reserve(gates.size());
  for (const GateReport& gate : gates) {
    rows.push_back({element("code", gate.gate),
                    element("span", {{"class", gate.passed ? "pass" : "fail"}}, gate.passed ? "pass" : "FAIL"),
                    gate.found});
  }
  return paragraph(strong(gate_verdict(gates)) + ".") +
         table("Each gate, how it went and what was found", {{"Gate", false}, {"", false}, {"Found", false}}, rows);
}

Html warnings_section(const RunReport& report) {
  std::vector<Html> items(report.warnings.begin(), report.warnings.end());
  if (!report.encoder.newly_initialised.empty()) {
    items.emplace_back(concat("Parameters that the encoder's checkpoint lacks, newly initialised: ",
                              join(report.encoder.newly_initialised, ", ")));
  }
  return list(items);
}

}  // namespace tt::report::html
