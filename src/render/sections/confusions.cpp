#include <algorithm>
#include <cmath>
#include <numeric>

#include "render/sections/sections.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/evaluation/confusion_order.hpp"
#include "transfer_tune/record/format.hpp"

namespace tt::report {
namespace {

constexpr std::size_t kNumberedGroups = 12;
constexpr std::size_t kClusteredLabels = 1500;  ///< with more, clustering would take longer than it tells
constexpr std::size_t kReadableCells = 20;      ///< labels whose cells' numbers can be read

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

void add_groups(Blocks& out, const EvaluationReport& figures, const evaluation::ConfusionOrder& ordered,
                const HeatMap& map) {
  Rows rows;
  for (const HeatGroup& group : map.groups) {
    std::vector<Inline> names;
    for (std::size_t i = group.first; i < group.first + group.count; ++i) names.push_back(name(map.names[i]));
    rows.push_back({group.label, joined(names, ", "), grouped(confusions_within(figures, ordered, group))});
  }
  if (rows.empty()) return;
  out.table("Intents taken for one another, by the numbers in the matrix",
            {{"Group", Align::left}, {"Intents taken for one another", Align::left}, {"Confusions among them"}}, rows);
}

void add_pairs(Blocks& out, const EvaluationReport& figures) {
  Rows rows;
  for (const ConfusedPairReport& pair : figures.confused_pairs) {
    rows.push_back(
        {name(pair.label), name(pair.prediction), grouped(pair.count), percent(pair.share), quotations(pair.texts)});
  }
  out.table("Most frequent confusions",
            {{"Label", Align::left},
             {"taken for", Align::left},
             {"Texts"},
             {"of the label"},
             {"Most confident examples", Align::left}},
            rows);
}

}  // namespace

Blocks confusions_section(const EvaluationReport& figures) {
  Blocks out;
  if (figures.confused_pairs.empty()) {
    out.paragraph(figures.unknown_labels > 0 ? "No known label was taken for another."
                                             : "No label was taken for another.");
    return out;
  }
  const auto wrong = figures.examples - std::llround(figures.accuracy * static_cast<double>(figures.examples));
  const evaluation::ConfusionOrder ordered = order_of(figures);
  HeatMap map = matrix_of(figures, ordered);
  const ConfusedPairReport& first = figures.confused_pairs.front();
  map.description = {"Confusion matrix",
                     concat(figures.confusion.size(), " intents, ", counted(wrong, "error", "errors"),
                            ". Most frequent: ", first.label, " answered as ", first.prediction, ", ",
                            counted(first.count, "text", "texts"), ". The tables below hold the rest.")};
  out.paragraph(concat(counted(wrong, "text", "texts"), " of ", grouped(figures.examples),
                       wrong == 1 ? " was" : " were", " answered wrong.",
                       map.groups.empty()
                           ? ""
                           : concat(" ", counted(static_cast<std::int64_t>(ordered.groups.size()), "group", "groups"),
                                    " of intents are taken for one another in about 3% of their texts or more.")));
  out.figure(map,
             concat("Each row is an intent, each column an answer, both in the same order: intents that are taken for "
                    "one another stand side by side, the most confused first. ",
                    "Blue: answered right; orange: wrong; the fuller, the larger the share of the intent's texts.",
                    map.names.size() > kReadableCells ? " Point at a cell to read it." : ""));
  add_groups(out, figures, ordered, map);
  add_pairs(out, figures);
  return out;
}

}  // namespace tt::report
