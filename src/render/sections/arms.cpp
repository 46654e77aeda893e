#include <algorithm>
#include <cmath>

#include "render/sections/comparison.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"

namespace tt::report {
namespace {

void add_cost_chart(Blocks& out, const ComparisonReport& report) {
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
  if (timed == 0) return;
  chart.x_title = "training time, mean over runs";
  chart.y_title = "accuracy";
  chart.x_style = NumberStyle::seconds;
  chart.y_style = NumberStyle::percent;
  chart.y_limits = {0, 1};
  chart.description = {"Training time against accuracy", "The table below holds the figures."};
  out.figure(chart,
             "Up is more accurate, left is cheaper to train. Thin lines: one standard deviation over seeds. Neither "
             "axis starts at zero.");
}

/// Every pair with a difference that can be drawn.
void add_differences(Blocks& out, const ComparisonReport& report) {
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
  if (chart.rows.empty()) return;
  chart.description = {"Differences between arms", "The table below holds the figures."};
  out.figure(chart,
             "Accuracy of the first less that of the second, with 95% intervals. In colour: told apart from chance; "
             "grey: not.");
}

}  // namespace

Blocks arms_section(const ComparisonReport& report) {
  Blocks out;
  add_cost_chart(out, report);
  out.add(arms_table(report));
  return out;
}

Blocks pairs_section(const ComparisonReport& report) {
  Blocks out;
  add_differences(out, report);
  out.add(pairs_table(report));
  std::vector<Inline> reasons;
  reasons.reserve(report.pairs.size());
  for (const PairReport& pair : report.pairs) {
    reasons.push_back(name(pair.a) + " and " + name(pair.b) + ": " + pair.reason);
  }
  out.list(std::move(reasons));
  if (Table tests = tests_table(report); !tests.rows.empty()) {
    Blocks table;
    table.add(std::move(tests));
    out.heading(3, "Seed by seed");
    out.fold("McNemar's tests, seed by seed", table);
  }
  return out;
}

Blocks source_effects_section(const ComparisonReport& report) {
  Blocks out;
  if (report.source_effects.empty()) return out;
  Rows rows;
  std::vector<Inline> sentences;
  for (const SourceEffectReport& effect : report.source_effects) {
    rows.push_back({name(effect.source), name(effect.with), name(effect.without),
                    effect.shots ? std::to_string(*effect.shots) : "all", fixed(100 * effect.difference, 1),
                    points_interval(effect.ci95), p_cell(effect.p_holm),
                    effect.helped ? "helped"
                    : effect.hurt ? "hurt"
                                  : "undecided"});
    sentences.emplace_back(effect.sentence);
  }
  out.list(std::move(sentences));
  out.table("Accuracy with the source stage less that without",
            {{"Source", Align::left},
             {"With", Align::left},
             {"Without", Align::left},
             {"Texts per label"},
             {"Difference, points"},
             {"95% interval"},
             {"p (Holm)"},
             {"Outcome", Align::left}},
            rows);
  return out;
}

Blocks method_section(const ComparisonReport& report) {
  std::vector<Inline> sentences{
      "± is the sample standard deviation over seeds; with one seed there is none.",
      concat("Paired intervals are percentiles of ", grouped(report.bootstrap_samples), " resamples (seed ",
             report.seed, ") of texts and, where there are several, of seeds; unpaired ones are Newcombe's."),
      "p is of exact two-sided McNemar tests, seed by seed and never pooled: the largest, or 1 where seeds lean to "
      "different sides. Holm's correction is over all paired pairs.",
      "Times are means over runs, memory and checkpoint the largest. Training counts the source stage and what kept "
      "activations took when they were made: no arm looks cheaper for running after another. The time from start to "
      "report is as it was."};
  if (!report.savings.empty()) {
    sentences.emplace_back(concat(
        "What ", report.baseline_arm.value(),
        " needs to be as accurate is read off its learning curve, straight lines between points over the logarithm of "
        "the texts per label; the interval is over seeds. Where the curve does not get there, or starts above, its end "
        "is a bound."));
  }
  if (!report.forecasts.empty()) {
    sentences.emplace_back(
        "A forecast is a power law fitted to the learning curve; its interval comes from resamples of seeds and "
        "residuals, and says nothing of whether the law still holds beyond what was measured.");
  }
  Blocks out;
  out.list(std::move(sentences));
  return out;
}

}  // namespace tt::report
