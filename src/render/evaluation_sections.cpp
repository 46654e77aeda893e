#include "render/evaluation_sections.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "render/result_sections.hpp"
#include "render/result_words.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"
#include "transfer_tune/render/reports.hpp"

namespace tt::report {
namespace {

constexpr std::size_t kShownPairs = 10;
constexpr std::size_t kShownSlices = 50;
constexpr std::size_t kTextLimit = 160;

/// Weakest first; labels without an F1 last.
std::vector<ClassReport> weakest_first(std::vector<ClassReport> labels) {
  const auto rank = [](const ClassReport& label) { return std::isnan(label.f1) ? 2.0 : label.f1; };
  std::stable_sort(labels.begin(), labels.end(),
                   [&](const ClassReport& a, const ClassReport& b) { return rank(a) < rank(b); });
  return labels;
}

/// "4 of 9 right".
std::string right_of(double accuracy, std::int64_t count) {
  const auto right = std::llround(accuracy * static_cast<double>(count));
  return concat(grouped(right), " of ", counted(count, "text", "texts"), " right");
}

Inline quotation(std::string_view text) { return "“" + excerpt(text, kTextLimit) + "”"; }

void add_further_figures(Markdown& out, const EvaluationReport& report) {
  out.table({{"Figure", Align::left}, {"Value"}, {"Meaning", Align::left}},
            {{"micro F1", fixed(report.micro.f1, 3), "equal to the accuracy: one label and one answer a text"},
             {"macro F1", fixed(report.macro.f1, 3), "mean over labels, each counting the same"},
             {"weighted F1", fixed(report.weighted.f1, 3), "mean over labels, weighted by their texts"},
             {"top-3 accuracy", percent(report.top3_accuracy), "the label is among the three most probable"},
             {"log loss", fixed(report.log_loss, 3), "mean surprise at the true label; lower is better"},
             {"calibration error", fixed(report.ece, 3),
              "mean gap between confidence and accuracy, 15 bins; lower is better"}});
  if (report.int8) {
    const Int8Report& int8 = *report.int8;
    out.paragraph(strong("8-bit integers") +
                  concat(": on ", counted(int8.texts, "text", "texts"), ", the encoder with every layer in 8-bit ",
                         "integers has an accuracy of ", percent(int8.accuracy_int8), ", without them ",
                         percent(int8.accuracy_exact), "; both give the same answer to ", percent(int8.same_answers),
                         " of them."));
  }
  if (report.unknown_labels > 0) {
    out.paragraph(strong(concat(counted(report.unknown_labels, "text has a label", "texts have labels"),
                                " that the classifier does not know")) +
                  ": counted as wrong, left out of the log loss.");
  }
}

void add_labels(Markdown& out, const EvaluationReport& report) {
  std::vector<std::vector<Inline>> rows;
  for (const ClassReport& label : weakest_first(report.per_class)) {
    rows.push_back(
        {label.label, fixed(label.f1, 3), fixed(label.precision, 3), fixed(label.recall, 3), grouped(label.support)});
  }
  out.table({{"Label", Align::left}, {"F1"}, {"Precision"}, {"Recall"}, {"Texts"}}, rows);
}

void add_confusions(Markdown& out, const EvaluationReport& report) {
  if (report.confused_pairs.empty()) {
    out.paragraph(report.unknown_labels > 0 ? "No known label was taken for another."
                                            : "No label was taken for another.");
    return;
  }
  std::vector<std::vector<Inline>> rows;
  for (const ConfusedPairReport& pair : report.confused_pairs) {
    if (rows.size() == kShownPairs) break;
    std::vector<Inline> texts;
    for (const std::string& text : pair.texts) texts.push_back(quotation(text));
    rows.push_back({pair.label, pair.prediction, grouped(pair.count), percent(pair.share), stacked(texts)});
  }
  out.table({{"Label", Align::left},
             {"taken for", Align::left},
             {"Texts"},
             {"of the label"},
             {"Most confident examples", Align::left}},
            rows);
}

void add_slices(Markdown& out, const EvaluationReport& report) {
  for (const SlicedColumn& column : report.slices) {
    out.heading(3, "By " + column.column);
    std::vector<std::vector<Inline>> rows;
    for (const SliceReport& slice : column.values) {
      if (rows.size() == kShownSlices) break;
      rows.push_back({slice.value, percent(slice.accuracy), fixed(slice.macro_f1, 3), grouped(slice.count)});
    }
    out.table({{column.column, Align::left}, {"Accuracy"}, {"Macro F1"}, {"Texts"}}, rows);
    if (column.values.size() > rows.size()) {
      out.paragraph(concat(column.values.size() - rows.size(), " more values are in the JSON report."));
    }
  }
}

}  // namespace

Inline interval_text(const evaluation::Interval& interval) {
  if (std::isnan(interval.low)) return "–";
  return percent(interval.low) + " to " + percent(interval.high);
}

void add_figures(Markdown& out, const EvaluationReport& report) {
  out.heading(2, "Further figures");
  add_further_figures(out, report);
  if (!report.slices.empty()) out.heading(2, "Slices");
  add_slices(out, report);
  out.heading(2, "Confusions");
  add_confusions(out, report);
  out.heading(2, "Labels, weakest first");
  add_labels(out, report);
}

std::string to_markdown(const EvaluationReport& report, const std::vector<GateReport>& gates) {
  Markdown out;
  if (report.examples == 0) {
    out.heading(1, "Evaluation: no texts");
    add_gates(out, gates);
    return out.text();
  }
  out.heading(1, concat("Evaluation: ", percent(report.accuracy), " accuracy"));
  out.paragraph(concat(right_of(report.accuracy, report.examples), "; 95% interval ") +
                interval_text(report.accuracy_ci95) + ".");
  if (!report.data_path.empty()) {
    out.paragraph(concat("Data: ", report.data_path, " (SHA-256 ", report.data_sha256, ")"));
  }
  add_gates(out, gates);
  if (report.texts_left_out) out.paragraph(kTextsLeftOut);
  add_figures(out, report);
  return out.text();
}

}  // namespace tt::report
