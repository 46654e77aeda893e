#include <cmath>

#include "render/comparison_tables.hpp"
#include "render/html/comparison_sections.hpp"
#include "render/html/row_chart.hpp"
#include "render/html/scatter_chart.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"

namespace tt::report::html {
namespace {

Html with_sd(const std::string& mean, double sd, int decimals, double factor) {
  return std::isnan(sd) ? Html(mean) : Html(concat(mean, " ± ", fixed(factor * sd, decimals)));
}

Html cost_chart(const ComparisonReport& report) {
  ScatterChart chart;
  std::size_t timed = 0;
  for (std::size_t i = 0; i < report.arms.size(); ++i) {
    const ArmReport& arm = report.arms[i];
    evaluation::Interval spread;
    if (std::isfinite(arm.accuracy.sd)) {
      spread = {std::max(0.0, arm.accuracy.mean - arm.accuracy.sd), std::min(1.0, arm.accuracy.mean + arm.accuracy.sd)};
    }
    if (std::isfinite(arm.cost.train_seconds)) ++timed;
    chart.points.push_back(
        {.label = arm.name,
         .x = arm.cost.train_seconds,
         .y = arm.accuracy.mean,
         .y_interval = spread,
         .colour = i,
         .tooltip = concat(arm.name, ": ", percent(arm.accuracy.mean), " after ", duration(arm.cost.train_seconds))});
  }
  if (timed == 0) return {};
  chart.x_title = "training time, mean over runs";
  chart.y_title = "accuracy";
  chart.x_style = NumberStyle::seconds;
  chart.y_style = NumberStyle::percent;
  chart.y_limits = {0, 1};
  chart.description = {"Training time against accuracy", "The table below holds the figures."};
  return figure(
      [&](double width) { return scatter_chart(chart, width); },
      "Up is more accurate, left is cheaper to train. Thin lines: one standard deviation over seeds. Neither axis "
      "starts at zero.");
}

Html arms_figures(const ComparisonReport& report) {
  std::vector<std::vector<Html>> rows;
  for (const ArmReport& arm : report.arms) {
    Html name = isolated(arm.name);
    if (report.recommended == arm.name) name = strong(name);
    rows.push_back({name, arm.policy, std::to_string(arm.runs.size()), grouped(arm.texts),
                    with_sd(percent(arm.accuracy.mean), arm.accuracy.sd, 1, 100),
                    with_sd(fixed(arm.macro_f1.mean, 3), arm.macro_f1.sd, 3, 1),
                    arm.cross_validated ? "cross-validated" : "test file"});
  }
  return table(
      "Accuracy and macro F1: mean ± standard deviation over seeds",
      {{"Arm", false}, {"Policy", false}, {"Seeds"}, {"Texts"}, {"Accuracy"}, {"Macro F1"}, {"Measured on", false}},
      rows);
}

Html arms_costs(const ComparisonReport& report) {
  std::vector<std::vector<Html>> rows;
  bool has_latency = false;
  for (const ArmReport& arm : report.arms) has_latency = has_latency || arm.cost.latency;
  for (const ArmReport& arm : report.arms) {
    const CostReport& cost = arm.cost;
    std::vector<Html>& row = rows.emplace_back();
    row = {isolated(arm.name),
           duration(cost.train_seconds),
           duration(cost.total_seconds),
           mebibytes(cost.peak_rss_bytes),
           grouped(cost.trainable_parameters),
           cost.checkpoint_bytes ? mebibytes(*cost.checkpoint_bytes) : "–"};
    if (!has_latency) continue;
    const LatencyReport latency = cost.latency.value_or(LatencyReport{});
    for (const double seconds : {latency.median_seconds, latency.p95_seconds}) {
      row.emplace_back(std::isnan(seconds) ? "–" : concat(fixed(1000 * seconds, 1), " ms"));
    }
    row.emplace_back(fixed(latency.texts_per_second, 0));
  }
  std::vector<Column> columns{{"Arm", false},           {"Training"},  {"Start to report"}, {"Peak memory"},
                              {"Trainable parameters"}, {"Checkpoint"}};
  if (has_latency) {
    for (const char* title : {"One text, median", "95th percentile", "Texts/s"}) columns.push_back({title});
  }
  return table("What each arm costs", columns, rows);
}

/// Every pair with a difference that can be drawn.
Html differences(const ComparisonReport& report) {
  RowChart chart;
  chart.has_bars = false;
  chart.x_style = NumberStyle::points;
  chart.x_title = "points of accuracy";
  chart.reference = 0;
  for (const PairReport& pair : report.pairs) {
    if (!std::isfinite(pair.difference) || pair.outcome == PairOutcome::not_comparable) continue;
    const bool is_decided = pair.outcome == PairOutcome::a_better || pair.outcome == PairOutcome::b_better;
    const bool has_interval = std::isfinite(pair.ci95.low);
    const double points = 100 * pair.difference;
    chart.rows.push_back({.label = concat(pair.a, " less ", pair.b),
                          .value = pair.difference,
                          .interval = pair.ci95,
                          .text = concat(points > 0   ? "+"
                                         : points < 0 ? "−"
                                                      : "",
                                         fixed(std::abs(points), 1), has_interval ? "" : ", too few"),
                          .is_muted = !is_decided});
  }
  if (chart.rows.empty()) return {};
  chart.description = {"Differences between arms", "The table below holds the figures."};
  return figure(
      [&](double width) { return row_chart(chart, width); },
      "Accuracy of the first less that of the second, with 95% intervals. In colour: told apart from chance; grey: "
      "not.");
}

Html tests_by_seed(const ComparisonReport& report) {
  const PlainTable plain = tests_table(report);
  if (plain.rows.empty()) return {};
  return folded("McNemar's tests, seed by seed",
                plain_table("Texts that one run of a pair alone answered right", plain));
}

}  // namespace

Html costs_section(const ComparisonReport& report) {
  return cost_chart(report) + arms_figures(report) + arms_costs(report);
}

Html pairs_section(const ComparisonReport& report) {
  std::vector<std::vector<Html>> rows;
  for (const PairReport& pair : report.pairs) {
    rows.push_back({isolated(pair.a), isolated(pair.b), fixed(100 * pair.difference, 1), points_interval(pair.ci95),
                    p_cell(pair.p_mcnemar), p_cell(pair.p_holm), outcome_words(pair), pair.reason});
  }
  return differences(report) +
         table("Every pair of arms",
               {{"a", false},
                {"b", false},
                {"a − b, points"},
                {"95% interval"},
                {"p (McNemar)"},
                {"p (Holm)"},
                {"Outcome", false},
                {"Rests on", false}},
               rows) +
         tests_by_seed(report);
}

Html failed_section(const ComparisonReport& report) {
  if (report.failed.empty()) return {};
  std::vector<std::vector<Html>> rows;
  for (const FailedRunReport& run : report.failed) {
    rows.push_back({isolated(run.arm), isolated(run.directory), run.reason});
  }
  return table("Runs that could not be used", {{"Arm", false}, {"Run", false}, {"Reason", false}}, rows);
}

Html runs_section(const ComparisonReport& report) {
  std::vector<std::vector<Html>> rows;
  for (const ArmReport& arm : report.arms) {
    for (std::size_t i = 0; i < arm.runs.size(); ++i) {
      rows.push_back({isolated(arm.name), std::to_string(arm.runs[i].seed), percent(arm.accuracy.per_seed.at(i)),
                      fixed(arm.macro_f1.per_seed.at(i), 3), isolated(arm.runs[i].directory)});
    }
  }
  return table("Every run that was compared",
               {{"Arm", false}, {"Seed"}, {"Accuracy"}, {"Macro F1"}, {"Directory", false}}, rows);
}

Html method_section(const ComparisonReport& report) {
  std::vector<Html> sentences;
  for (const std::string& sentence : method_sentences(report)) sentences.emplace_back(sentence);
  return list(sentences);
}

}  // namespace tt::report::html
