#include <filesystem>
#include <optional>

#include "render/result_words.hpp"
#include "render/sections/sections.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"
#include "transfer_tune/render/model_card.hpp"

namespace tt::report {
namespace {

void add_floor(Rows& rows, const char* what, const std::optional<evaluation::Baseline>& floor) {
  if (floor) rows.push_back({what, percent(floor->accuracy), "", fixed(floor->macro_f1, 3)});
}

void add_floor(std::vector<ChartRow>& rows, const char* what, const std::optional<evaluation::Baseline>& floor) {
  if (!floor) return;
  rows.push_back({.label = what, .value = floor->accuracy, .text = percent(floor->accuracy), .is_muted = true});
}

template <class List>
void add_floors(List& rows, const BaselinesReport& floors) {
  add_floor(rows, "nearest label name, no training", floors.nearest_label_name);
  add_floor(rows, "most frequent label", floors.majority);
}

RowChart result_chart(const RunReport& report, const EvaluationReport& figures) {
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
  add_floors(chart.rows, report.baselines);
  for (const ChartRow& row : chart.rows) {
    if (row.is_muted) chart.description.text += concat(" ", row.label, ": ", row.text, ".");
  }
  return chart;
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
  if (auto hub = hub_name(report.encoder.path)) return *std::move(hub);
  const std::filesystem::path path(report.encoder.path);
  return (path.has_filename() ? path.filename() : path.parent_path().filename()).string();
}

Table result_table(const RunReport& report, const EvaluationReport& figures) {
  if (figures.multi_label) return sets_table(concat("adapted, policy ", report.target.policy.name), figures);
  Rows rows{{strong(concat("adapted, policy ", report.target.policy.name)), strong(percent(figures.accuracy)),
             interval_words(figures.accuracy_ci95), strong(fixed(figures.macro.f1, 3))}};
  add_floors(rows, report.baselines);
  return {"Accuracy and macro F1 beside floors that need no training",
          {{"", Align::left}, {"Accuracy"}, {"95% interval"}, {"Macro F1"}},
          rows};
}

Blocks result_section(const RunReport& report, const EvaluationReport& figures) {
  const bool is_tested = report.target.test.has_value();
  Blocks out;
  if (!figures.multi_label)
    out.figure(result_chart(report, figures),
               concat("Share of ", counted(figures.examples, "text", "texts"), " answered right, ",
                      is_tested ? "on the test file" : "cross-validated", "; the thin line is the 95% interval (",
                      grouped(figures.bootstrap_samples),
                      " bootstrap resamples). The floors answer the same texts without any training."));
  out.add(result_table(report, figures));
  if (figures.multi_label) {
    out.paragraph(
        concat("On ", counted(figures.examples, "text", "texts"), is_tested ? " of the test file" : ", cross-validated",
               "; the intervals are of ", grouped(figures.bootstrap_samples),
               " bootstrap resamples of texts. There are no floors beside them: those answer with one label a text."));
  }
  if (report.thresholds) out.paragraph(strong("Thresholds.") + " " + report.thresholds->reason);
  if (report.earlier && report.earlier->texts > 0) {
    const EarlierClassifierReport& earlier = *report.earlier;
    out.paragraph(concat("The encoder was a classifier of ", grouped(earlier.labels),
                         " of these labels already. It answered ", percent(earlier.accuracy_before), " of their ",
                         counted(earlier.texts, "text", "texts"), " right, the adapted one answers ",
                         percent(earlier.accuracy_after),
                         earlier.new_texts > 0 ? concat(", and ", percent(earlier.new_accuracy), " of the ",
                                                        counted(earlier.new_texts, "text", "texts"), " of new labels.")
                                               : "."));
  }
  if (!is_tested) {
    out.paragraph(
        strong("There is no test file.") +
        " These figures are cross-validated: each training text was answered by a model that had not seen it.");
  }
  if (report.source) {
    const auto& stage = report.source->stage;
    const std::string source = stage && !stage->data.name.empty() ? stage->data.name : "source";
    out.paragraph(strong("Source stage (" + name(source) + ").") + " " + source_effect(*report.source));
  }
  return out;
}

void add_gate_lead(Blocks& out, const std::vector<GateReport>& gates) {
  if (gates.empty()) return;
  const Span::Style style = failed_count(gates) == 0 ? Span::Style::pass : Span::Style::fail;
  out.paragraph({gate_verdict(gates) + ".", style}, Paragraph::Role::verdict);
}

Table gate_table(const std::vector<GateReport>& gates) {
  Rows rows;
  rows.reserve(gates.size());
  for (const GateReport& gate : gates) {
    rows.push_back({gate.passed ? Inline("pass", Span::Style::pass) : Inline("FAIL", Span::Style::fail),
                    code(gate.gate), gate.found});
  }
  return {"Each gate, how it went and what was found",
          {{"", Align::left}, {"Gate", Align::left}, {"Found", Align::left}},
          rows};
}

Blocks gates_section(const std::vector<GateReport>& gates) {
  Blocks out;
  if (gates.empty()) return out;
  out.paragraph(strong(gate_verdict(gates)) + ".");
  out.add(gate_table(gates));
  return out;
}

Blocks warnings_section(const RunReport& report) {
  std::vector<Inline> items(report.warnings.begin(), report.warnings.end());
  if (!report.encoder.newly_initialised.empty()) {
    items.emplace_back("parameters that the encoder's checkpoint lacks, newly initialised: " +
                       join(report.encoder.newly_initialised, ", "));
  }
  Blocks out;
  out.list(std::move(items));
  return out;
}

}  // namespace tt::report
