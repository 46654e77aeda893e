#include <algorithm>
#include <cmath>
#include <span>

#include "render/sections/sections.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/evaluation/difference.hpp"
#include "transfer_tune/record/format.hpp"

namespace tt::report {
namespace {

constexpr std::size_t kUnfolded = 15;
constexpr std::size_t kShownSlices = 50;

/// Weakest F1 first; labels without one last.
std::vector<ClassReport> weakest_first(std::vector<ClassReport> labels) {
  std::stable_sort(labels.begin(), labels.end(), has_weaker_f1);
  return labels;
}

evaluation::Interval interval(double share, std::int64_t count) {
  return std::isnan(share)
             ? evaluation::Interval{}
             : evaluation::wilson_ci95({share, static_cast<std::size_t>(std::max<std::int64_t>(count, 0))});
}

Table labels_table(std::string caption, std::span<const ClassReport> labels) {
  Table table{std::move(caption),
              {{"Label", Align::left},
               {"F1"},
               {"0 – 100%", Align::drawn},
               {"Recall"},
               {"95% interval"},
               {"Precision"},
               {"95% interval"},
               {"Texts"}},
              {}};
  table.rows.reserve(labels.size());
  for (const ClassReport& label : labels) {
    const evaluation::Interval recall = interval(label.recall, label.support);
    table.rows.push_back({name(label.label), fixed(label.f1, 3), Cell(label.recall, recall), percent(label.recall),
                          interval_words(recall), percent(label.precision),
                          interval_words(interval(label.precision, label.predicted)), grouped(label.support)});
  }
  return table;
}

}  // namespace

bool has_weaker_f1(const ClassReport& one, const ClassReport& other) {
  const auto rank = [](const ClassReport& label) { return std::isnan(label.f1) ? 2.0 : label.f1; };
  return rank(one) < rank(other);
}

Blocks figures_section(const EvaluationReport& figures) {
  if (figures.multi_label) return set_figures_section(figures);
  Blocks out;
  out.table("Figures beside the accuracy", {{"Figure", Align::left}, {"Value"}, {"Meaning", Align::left}},
            {{"micro F1", fixed(figures.micro.f1, 3), "equal to the accuracy: one label and one answer a text"},
             {"macro F1", fixed(figures.macro.f1, 3), "mean over labels, each counting the same"},
             {"weighted F1", fixed(figures.weighted.f1, 3), "mean over labels, weighted by their texts"},
             {"top-3 accuracy", percent(figures.top3_accuracy), "the label is among the three most probable"},
             {"log loss", fixed(figures.log_loss, 3), "mean surprise at the true label; lower is better"},
             {"calibration error", fixed(figures.ece, 3),
              "mean gap between confidence and accuracy, 15 bins; lower is better"}});
  if (figures.int8) {
    const Int8Report& int8 = *figures.int8;
    out.paragraph(strong("8-bit integers") +
                  concat(": on ", counted(int8.texts, "text", "texts"), ", the encoder with every layer in 8-bit ",
                         "integers has an accuracy of ", percent(int8.accuracy_int8), ", without them ",
                         percent(int8.accuracy_exact), "; both give the same answer to ", percent(int8.same_answers),
                         " of them."));
  }
  if (figures.unknown_labels > 0) {
    out.paragraph(strong(concat(counted(figures.unknown_labels, "text has a label", "texts have labels"),
                                " that the classifier does not know")) +
                  ": counted as wrong, left out of the log loss.");
  }
  return out;
}

Blocks labels_section(const EvaluationReport& figures) {
  const std::vector<ClassReport> labels = weakest_first(figures.per_class);
  const std::size_t shown = labels.size() <= kUnfolded + 5 ? labels.size() : kUnfolded;
  const auto perfect = std::count_if(labels.begin(), labels.end(), [](const auto& label) { return label.recall == 1; });
  Blocks out;
  out.paragraph(concat(
      "Recall is the share of an intent's texts that are answered right, precision the share of answers with this "
      "intent that are right. With few texts the intervals (Wilson) are wide: read them before a single figure.",
      perfect > 0 ? concat(" ", counted(perfect, "intent is", "intents are"), " answered without an error.") : ""));
  const std::span<const ClassReport> all(labels);
  out.add(labels_table(
      shown == labels.size() ? "Labels, weakest F1 first" : concat("The ", shown, " labels with the weakest F1"),
      all.first(shown)));
  if (shown == labels.size()) return out;
  Blocks others;
  others.add(labels_table("The other labels", all.subspan(shown)));
  out.fold(concat("The other ", labels.size() - shown, " labels"), others);
  return out;
}

Blocks slices_section(const EvaluationReport& figures) {
  Blocks out;
  for (const SlicedColumn& column : figures.slices) {
    Rows rows;
    for (const SliceReport& slice : column.values) {
      if (rows.size() == kShownSlices) break;
      const evaluation::Interval ci = interval(slice.accuracy, slice.count);
      rows.push_back({name(slice.value), Cell(slice.accuracy, ci), percent(slice.accuracy), interval_words(ci),
                      fixed(slice.macro_f1, 3), grouped(slice.count)});
    }
    const std::size_t left_out = column.values.size() - rows.size();
    out.heading(3, "By " + name(column.column));
    out.table(concat("Accuracy by ", column.column),
              {{column.column, Align::left},
               {"0 – 100%", Align::drawn},
               {"Accuracy"},
               {"95% interval"},
               {"Macro F1"},
               {"Texts"}},
              rows);
    if (left_out > 0) {
      out.paragraph(concat(left_out, " more values are in the JSON report."), Paragraph::Role::note);
    }
  }
  return out;
}

}  // namespace tt::report
