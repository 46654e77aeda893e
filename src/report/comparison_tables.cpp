#include "report/comparison_tables.hpp"

#include <algorithm>
#include <cmath>

#include "report/format.hpp"
#include "transfer_tune/core/text.hpp"

namespace tt::report {
namespace {

constexpr std::size_t kListedSeeds = 5;
constexpr double kSmallestShownP = 0.001;

std::string seeds_of(const ArmReport& arm) {
  if (arm.runs.size() > kListedSeeds) return counted(static_cast<std::int64_t>(arm.runs.size()), "seed", "seeds");
  std::vector<std::string> seeds;
  seeds.reserve(arm.runs.size());
  for (const ArmRunReport& run : arm.runs) seeds.push_back(std::to_string(run.seed));
  return join(seeds, ", ");
}

std::string accuracy_of(const SeedFigures& figures) {
  const std::string mean = percent(figures.mean);
  return std::isnan(figures.sd) ? mean : concat(mean, " ± ", fixed(100 * figures.sd, 1));
}

std::string macro_f1_of(const SeedFigures& figures) {
  const std::string mean = fixed(figures.mean, 3);
  return std::isnan(figures.sd) ? mean : concat(mean, " ± ", fixed(figures.sd, 3));
}

std::string p_cell(double p) { return p < kSmallestShownP ? "<0.001" : fixed(p, 3); }

std::string outcome_of(const PairReport& pair) {
  switch (pair.outcome) {
    case PairOutcome::a_better:
      return concat(pair.a, " is better");
    case PairOutcome::b_better:
      return concat(pair.b, " is better");
    case PairOutcome::too_few:
      return "too few";
    case PairOutcome::not_comparable:
      return "other texts";
    case PairOutcome::undecided:
      break;
  }
  return "undecided";
}

}  // namespace

PlainTable arms_table(const ComparisonReport& report) {
  PlainTable table{{{"Arm", Align::left},
                    {"Policy", Align::left},
                    {"Seeds"},
                    {"Texts"},
                    {"Accuracy"},
                    {"Macro F1"},
                    {"Training"},
                    {"In all"},
                    {"Memory"},
                    {"Trainable"},
                    {"Checkpoint"}},
                   {}};
  table.rows.reserve(report.arms.size());
  for (const ArmReport& arm : report.arms) {
    const CostReport& cost = arm.cost;
    table.rows.push_back({arm.name, arm.policy, seeds_of(arm), grouped(arm.texts), accuracy_of(arm.accuracy),
                          macro_f1_of(arm.macro_f1), duration(cost.train_seconds), duration(cost.total_seconds),
                          mebibytes(cost.peak_rss_bytes), grouped(cost.trainable_parameters),
                          cost.checkpoint_bytes ? mebibytes(*cost.checkpoint_bytes) : "–"});
  }
  return table;
}

PlainTable curve_table(const ComparisonReport& report) {
  PlainTable table{{{"Texts per label"}}, {}};
  for (const ArmReport& arm : report.arms) table.columns.push_back({arm.name});
  std::vector<std::optional<std::int64_t>> shots;
  for (const CurvePointReport& point : report.learning_curve) {
    if (std::find(shots.begin(), shots.end(), point.shots) == shots.end()) shots.push_back(point.shots);
  }
  for (const auto& count : shots) {
    std::vector<std::string>& row = table.rows.emplace_back();
    row.push_back(count ? std::to_string(*count) : "all");
    for (const ArmReport& arm : report.arms) {
      const auto point =
          std::find_if(report.learning_curve.begin(), report.learning_curve.end(),
                       [&](const CurvePointReport& each) { return each.arm == arm.name && each.shots == count; });
      row.push_back(point == report.learning_curve.end() ? "–" : accuracy_of(point->accuracy));
    }
  }
  return table;
}

PlainTable pairs_table(const ComparisonReport& report) {
  PlainTable table{{{"a", Align::left},
                    {"b", Align::left},
                    {"a - b, points"},
                    {"95% interval"},
                    {"p (McNemar)"},
                    {"p (Holm)"},
                    {"Outcome", Align::left}},
                   {}};
  table.rows.reserve(report.pairs.size());
  for (const PairReport& pair : report.pairs) {
    table.rows.push_back({pair.a, pair.b, fixed(100 * pair.difference, 1), points_interval(pair.ci95),
                          p_cell(pair.p_mcnemar), p_cell(pair.p_holm), outcome_of(pair)});
  }
  return table;
}

PlainTable tests_table(const ComparisonReport& report) {
  PlainTable table{{{"a", Align::left},
                    {"b", Align::left},
                    {"Seed of a"},
                    {"Seed of b"},
                    {"Only a right"},
                    {"Only b right"},
                    {"p (McNemar)"}},
                   {}};
  if (std::none_of(report.pairs.begin(), report.pairs.end(), [](const auto& pair) { return pair.tests.size() > 1; })) {
    return table;
  }
  for (const PairReport& pair : report.pairs) {
    for (const RunTestReport& test : pair.tests) {
      table.rows.push_back({pair.a, pair.b, std::to_string(test.seed_a), std::to_string(test.seed_b),
                            grouped(test.only_a), grouped(test.only_b), p_cell(test.p)});
    }
  }
  return table;
}

std::string points_interval(const evaluation::Interval& interval) {
  if (std::isnan(interval.low)) return "–";
  return concat(fixed(100 * interval.low, 1), " to ", fixed(100 * interval.high, 1));
}

std::string p_text(double p) { return p < kSmallestShownP ? "p under 0.001" : concat("p ", fixed(p, 3)); }

}  // namespace tt::report
