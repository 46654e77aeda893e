#include <algorithm>
#include <numeric>

#include "render/sections/sections.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"

namespace tt::report {
namespace {

Inline words_of(const SearchTrialReport& trial) {
  if (trial.settings.empty()) return "the config as it stands";
  std::vector<Inline> words;
  words.reserve(trial.settings.size());
  for (const auto& [setting, value] : trial.settings) words.push_back(code(concat(setting, " = ", value)));
  return joined(words, ", ");
}

/// Later stages of a halving, on more texts, first; among those the best by `metric` first.
std::vector<std::size_t> best_first(const SearchReport& report) {
  const std::vector<SearchTrialReport>& trials = report.trials;
  std::vector<std::size_t> order(trials.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t one, std::size_t other) {
    const SearchTrialReport& first = trials[one];
    const SearchTrialReport& second = trials[other];
    const bool is_later = first.shots != second.shots;
    if (is_later) return first.shots == 0 || (second.shots != 0 && first.shots > second.shots);
    return is_better(first, second, report.metric);
  });
  return order;
}

}  // namespace

Blocks search_section(const SearchReport& report) {
  Blocks out;
  out.paragraph(concat(report.reason, " ", counted(static_cast<std::int64_t>(report.trials.size()), "trial", "trials"),
                       " in ", duration(report.seconds), ", measured on ", counted(report.held_out, "text", "texts"),
                       report.cross_validated ? " of the training file, each by a model that had not seen it."
                                              : " of the validation file."));
  const bool by_stages = report.method == "halving";
  std::vector<Column> columns{{"Settings", Align::left}};
  if (by_stages) columns.push_back({"texts a label"});
  columns.push_back({"accuracy"});
  // With one label a text it is the accuracy.
  const bool has_sets = std::ranges::any_of(
      report.trials, [](const SearchTrialReport& trial) { return trial.micro_f1 > trial.accuracy; });
  if (has_sets) columns.push_back({"micro F1"});
  for (const char* title : {"macro F1", "log loss", "time"}) columns.push_back({title});
  Rows rows;
  for (const std::size_t place : best_first(report)) {
    const SearchTrialReport& trial = report.trials[place];
    const bool is_chosen = static_cast<std::int64_t>(place) == report.chosen;
    std::vector<Cell>& row = rows.emplace_back();
    row.emplace_back(is_chosen ? strong(words_of(trial)) : words_of(trial));
    if (!trial.failure.empty()) row.back() = Cell(words_of(trial) + concat(": failed: ", trial.failure));
    if (by_stages) row.emplace_back(trial.shots == 0 ? "all" : grouped(trial.shots));
    row.emplace_back(percent(trial.accuracy));
    if (has_sets) row.emplace_back(fixed(trial.micro_f1, 3));
    row.emplace_back(fixed(trial.macro_f1, 3));
    row.emplace_back(fixed(trial.log_loss, 3));
    row.emplace_back(trial.reused ? "tried before" : duration(trial.seconds));
  }
  out.table(concat("What was tried (", report.method, "), best ", report.metric, " first"), columns, rows);
  return out;
}

}  // namespace tt::report
