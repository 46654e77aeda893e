#include <algorithm>
#include <cmath>

#include "render/html/row_chart.hpp"
#include "render/html/sections/sections.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/evaluation/difference.hpp"
#include "transfer_tune/record/format.hpp"

namespace tt::report::html {
namespace {

constexpr std::size_t kUnfolded = 15;
constexpr std::size_t kShownSlices = 50;

/// Weakest recall first; labels without texts last.
std::vector<ClassReport> weakest_first(std::vector<ClassReport> labels) {
  const auto rank = [](const ClassReport& label) { return std::isnan(label.recall) ? 2.0 : label.recall; };
  std::stable_sort(labels.begin(), labels.end(),
                   [&](const ClassReport& a, const ClassReport& b) { return rank(a) < rank(b); });
  return labels;
}

evaluation::Interval interval(double share, std::int64_t count) {
  return std::isnan(share)
             ? evaluation::Interval{}
             : evaluation::wilson_ci95({share, static_cast<std::size_t>(std::max<std::int64_t>(count, 0))});
}

std::vector<Html> row(const ClassReport& label) {
  const evaluation::Interval recall = interval(label.recall, label.support);
  return {isolated(label.label),    interval_cell(label.recall, recall),
          percent(label.recall),    interval_words(recall),
          percent(label.precision), interval_words(interval(label.precision, label.predicted)),
          fixed(label.f1, 3),       grouped(label.support)};
}

Html labels_table(const std::string& caption, const std::vector<ClassReport>& labels) {
  std::vector<std::vector<Html>> rows;
  rows.reserve(labels.size());
  for (const ClassReport& label : labels) rows.push_back(row(label));
  return table(caption,
               {{"Intent", false},
                {"0 – 100%", false},
                {"Recall"},
                {"95% interval"},
                {"Precision"},
                {"95% interval"},
                {"F1"},
                {"Texts"}},
               rows);
}

}  // namespace

Html labels_section(const EvaluationReport& figures) {
  const std::vector<ClassReport> labels = weakest_first(figures.per_class);
  const std::size_t shown = labels.size() <= kUnfolded + 5 ? labels.size() : kUnfolded;
  const auto perfect = std::count_if(labels.begin(), labels.end(), [](const auto& label) { return label.recall == 1; });
  Html out =
      paragraph(concat("Recall is the share of an intent's texts that are answered right, precision the share of "
                       "answers with this intent that are right. With few texts the intervals (Wilson) are wide: "
                       "read them before a single figure. ",
                       perfect > 0 ? concat(counted(perfect, "intent is", "intents are"),
                                            " answered without "
                                            "an error.")
                                   : ""));
  if (figures.unknown_labels > 0) {
    out += paragraph(strong(concat(counted(figures.unknown_labels, "text has a label", "texts have labels"),
                                   " that the classifier does not know")) +
                     ": counted as wrong.");
  }
  const auto middle = labels.begin() + static_cast<std::ptrdiff_t>(shown);
  out += labels_table(shown == labels.size() ? "Intents, weakest recall first"
                                             : concat("The ", shown, " intents with the weakest recall"),
                      {labels.begin(), middle});
  if (shown == labels.size()) return out;
  return out + folded(concat("The other ", labels.size() - shown, " intents"),
                      labels_table("The other intents", {middle, labels.end()}));
}

Html slices_section(const EvaluationReport& figures) {
  Html out;
  for (const SlicedColumn& column : figures.slices) {
    std::vector<std::vector<Html>> rows;
    for (const SliceReport& slice : column.values) {
      if (rows.size() == kShownSlices) break;
      const evaluation::Interval ci = interval(slice.accuracy, slice.count);
      rows.push_back({isolated(slice.value), interval_cell(slice.accuracy, ci), percent(slice.accuracy),
                      interval_words(ci), fixed(slice.macro_f1, 3), grouped(slice.count)});
    }
    const std::size_t left_out = column.values.size() - rows.size();
    out += element("h3", Html("By ") + isolated(column.column)) +
           table(concat("Accuracy by ", column.column),
                 {{column.column, false}, {"0 – 100%", false}, {"Accuracy"}, {"95% interval"}, {"Macro F1"}, {"Texts"}},
                 rows);
    if (left_out > 0) out += note(concat(left_out, " more values are in report.json."));
  }
  return out;
}

}  // namespace tt::report::html
