#include <algorithm>
#include <numeric>

#include "render/sections/sections.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"

namespace tt::report {

std::vector<Tiles::Tile> set_tiles(const EvaluationReport& figures) {
  const MultiLabelReport& sets = figures.multi_label.value();
  return {{"Micro F1", fixed(figures.micro.f1, 3),
           concat("95% interval ", fixed(sets.micro_f1_ci95.low, 3), " to ", fixed(sets.micro_f1_ci95.high, 3))},
          {"Macro F1", fixed(figures.macro.f1, 3), "each intent counts the same"},
          {"Exactly right", percent(figures.accuracy), "texts with all of their labels and no other"},
          {"Texts", grouped(figures.examples), "that the figures are about"}};
}

Table sets_table(const std::string& what, const EvaluationReport& figures) {
  const MultiLabelReport& sets = figures.multi_label.value();
  const auto range = [](const evaluation::Interval& interval) {
    return concat(fixed(interval.low, 3), " to ", fixed(interval.high, 3));
  };
  return {
      "F1 over all texts and labels, and as a mean over labels",
      {{"", Align::left}, {"Micro F1"}, {"95% interval"}, {"Macro F1"}, {"95% interval"}, {"Exactly right"}, {"Texts"}},
      {{strong(what), strong(fixed(figures.micro.f1, 3)), range(sets.micro_f1_ci95), strong(fixed(figures.macro.f1, 3)),
        range(sets.macro_f1_ci95), percent(figures.accuracy), grouped(figures.examples)}}};
}

Blocks set_figures_section(const EvaluationReport& figures) {
  const MultiLabelReport& sets = figures.multi_label.value();
  Blocks out;
  out.table(
      "Figures beside the F1", {{"Figure", Align::left}, {"Value"}, {"Meaning", Align::left}},
      {{"micro precision", percent(figures.micro.precision), "of the labels given, those that are right"},
       {"micro recall", percent(figures.micro.recall), "of the labels that texts have, those that are given"},
       {"weighted F1", fixed(figures.weighted.f1, 3), "mean over labels, weighted by their texts"},
       {"mean average precision", fixed(sets.mean_average_precision, 3),
        "how well each label ranks the texts, whatever its threshold; mean over labels"},
       {"exactly right", percent(figures.accuracy),
        concat("texts with all of their labels and no other; 95% interval ", interval_words(figures.accuracy_ci95))},
       {"Hamming loss", fixed(sets.hamming_loss, 4),
        "share of all pairs of text and label answered wrongly; lower is better"},
       {"labels a text", concat(fixed(sets.labels_per_text, 2), " / ", fixed(sets.given_per_text, 2)),
        "those that texts have / are given"},
       {"log loss", fixed(figures.log_loss, 3), "mean surprise over all pairs of text and label; lower is better"},
       {"calibration error", fixed(figures.ece, 3),
        "mean gap between confidence and accuracy over all pairs, 15 bins; lower is better"}});
  if (figures.unknown_labels > 0) {
    out.paragraph(strong(concat(counted(figures.unknown_labels, "text has a label", "texts have labels"),
                                " that the classifier does not know")) +
                  ": counted as missed.");
  }
  return out;
}

Blocks set_labels_section(const EvaluationReport& figures) {
  const MultiLabelReport& sets = figures.multi_label.value();
  std::vector<std::size_t> order(figures.per_class.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, has_weaker_f1,
                           [&](std::size_t i) -> const ClassReport& { return figures.per_class[i]; });
  Rows rows;
  rows.reserve(order.size());
  for (const std::size_t i : order) {
    const ClassReport& label = figures.per_class[i];
    const LabelRankingReport& ranking = sets.per_label.at(i);
    rows.push_back({name(label.label), fixed(label.f1, 3), percent(label.recall), percent(label.precision),
                    fixed(ranking.average_precision, 3), fixed(ranking.threshold, 3), grouped(label.support)});
  }
  Blocks out;
  out.paragraph(
      "A label is given where its probability is at least its threshold. Recall is the share of an intent's texts that "
      "are "
      "given it, precision the share of those given it that have it.");
  out.table(
      "Labels, weakest F1 first",
      {{"Label", Align::left}, {"F1"}, {"Recall"}, {"Precision"}, {"Average precision"}, {"Threshold"}, {"Texts"}},
      rows);
  return out;
}

}  // namespace tt::report
