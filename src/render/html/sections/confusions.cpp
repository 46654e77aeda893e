#include <algorithm>
#include <cmath>
#include <numeric>

#include "render/html/heat_map.hpp"
#include "render/html/sections/sections.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/evaluation/confusion_order.hpp"
#include "transfer_tune/record/format.hpp"

namespace tt::report::html {
namespace {

constexpr std::size_t kNumberedGroups = 12;
constexpr std::size_t kClusteredLabels = 1500;  ///< with more, clustering would take longer than it tells
constexpr double kNarrowest = 480;

evaluation::ConfusionOrder order_of(const EvaluationReport& figures) {
  if (figures.confusion.size() <= kClusteredLabels) return evaluation::order_by_confusion(figures.confusion);
  evaluation::ConfusionOrder plain;
  plain.order.resize(figures.confusion.size());
  std::iota(plain.order.begin(), plain.order.end(), std::size_t{0});
  return plain;
}

HeatMap matrix_of(const EvaluationReport& figures, const evaluation::ConfusionOrder& ordered) {
  HeatMap map;
  map.row_title = "true intent";
  map.column_title = "answered as";
  map.names.reserve(ordered.order.size());
  for (const std::size_t id : ordered.order) map.names.push_back(figures.per_class[id].label);
  for (std::size_t i = 0; i < ordered.order.size(); ++i) {
    const std::vector<std::int64_t>& row = figures.confusion[ordered.order[i]];
    const std::int64_t texts = std::accumulate(row.begin(), row.end(), std::int64_t{0});
    for (std::size_t j = 0; j < ordered.order.size(); ++j) {
      const std::int64_t count = row[ordered.order[j]];
      if (count == 0) continue;
      const double share = static_cast<double>(count) / static_cast<double>(texts);
      const std::string what = i == j ? concat(map.names[i], ", answered right: ")
                                      : concat(map.names[i], ", answered as ", map.names[j], ": ");
      // A single error of many texts must show; from half of them on, errors are as strong as can be.
      const double strength = i == j ? 0.15 + 0.6 * share : std::min(1.0, 0.35 + 1.3 * share);
      map.cells.push_back({i, j, strength, i == j, std::to_string(count),
                           concat(what, grouped(count), " of ", counted(texts, "text", "texts"))});
    }
  }
  for (const evaluation::OrderedGroup& group : ordered.groups) {
    if (map.groups.size() == kNumberedGroups) break;
    map.groups.push_back({group.first, group.count, std::to_string(map.groups.size() + 1)});
  }
  return map;
}

std::int64_t confusions_within(const EvaluationReport& figures, const evaluation::ConfusionOrder& ordered,
                               const HeatGroup& group) {
  std::int64_t count = 0;
  for (std::size_t i = group.first; i < group.first + group.count; ++i) {
    for (std::size_t j = group.first; j < group.first + group.count; ++j) {
      if (i != j) count += figures.confusion[ordered.order[i]][ordered.order[j]];
    }
  }
  return count;
}

Html groups_list(const EvaluationReport& figures, const evaluation::ConfusionOrder& ordered, const HeatMap& map) {
  std::vector<std::vector<Html>> rows;
  for (const HeatGroup& group : map.groups) {
    std::vector<Html> names;
    for (std::size_t i = group.first; i < group.first + group.count; ++i) names.push_back(isolated(map.names[i]));
    rows.push_back({group.label, joined(names, ", "), grouped(confusions_within(figures, ordered, group))});
  }
  if (rows.empty()) return {};
  return table("Intents taken for one another, by the numbers in the matrix",
               {{"Group", false}, {"Intents", false}, {"Confusions among them"}}, rows);
}

Html pairs_table(const EvaluationReport& figures) {
  std::vector<std::vector<Html>> rows;
  for (const ConfusedPairReport& pair : figures.confused_pairs) {
    rows.push_back({isolated(pair.label), isolated(pair.prediction), grouped(pair.count), percent(pair.share),
                    quotations(pair.texts)});
  }
  return table(
      "Most frequent confusions",
      {{"Intent", false}, {"Answered as", false}, {"Texts"}, {"Of the intent"}, {"Most confident errors", false}},
      rows);
}

}  // namespace

Html confusions_section(const EvaluationReport& figures) {
  const auto wrong = figures.examples - std::llround(figures.accuracy * static_cast<double>(figures.examples));
  if (figures.confused_pairs.empty()) {
    return paragraph(figures.unknown_labels > 0 ? "No intent that the classifier knows was taken for another."
                                                : "No intent was taken for another.");
  }
  const evaluation::ConfusionOrder ordered = order_of(figures);
  HeatMap map = matrix_of(figures, ordered);
  const ConfusedPairReport& first = figures.confused_pairs.front();
  map.description = Description{"Confusion matrix",
                                concat(figures.confusion.size(), " intents, ", counted(wrong, "error", "errors"),
                                       ". Most frequent: ", first.label, " answered as ", first.prediction, ", ",
                                       counted(first.count, "text", "texts"), ". The tables below hold the rest.")};
  Html out = paragraph(concat(
      counted(wrong, "text", "texts"), " of ", grouped(figures.examples), wrong == 1 ? " was" : " were",
      " answered wrong.",
      map.groups.empty() ? ""
                         : concat(" ", counted(static_cast<std::int64_t>(ordered.groups.size()), "group", "groups"),
                                  " of intents are taken for one another in about 3% of their texts or more.")));
  const std::size_t labels = map.names.size();
  // Squares: on a wide page a matrix as wide as it would not be seen whole.
  out +=
      figure([&](double width) { return heat_map(map, width < kNarrowest ? width : std::min(width, 620.0)); },
             concat("Each row is an intent, each column an answer, both in the same order: intents that are taken for "
                    "one another stand side by side, the most confused first. ",
                    "Blue: answered right; orange: wrong; the fuller, the larger the share of the intent's texts.",
                    labels > 20 ? " Point at a cell to read it." : ""));
  return out + groups_list(figures, ordered, map) + pairs_table(figures);
}

}  // namespace tt::report::html
