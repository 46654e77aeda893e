#include "render/sections/comparison.hpp"

#include <algorithm>
#include <cmath>

#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"

namespace tt::report {
namespace {

constexpr std::size_t kListedSeeds = 5;

std::string seeds_of(const ArmReport& arm) {
  if (arm.runs.size() > kListedSeeds) return counted(static_cast<std::int64_t>(arm.runs.size()), "seed", "seeds");
  std::vector<std::string> seeds;
  seeds.reserve(arm.runs.size());
  for (const ArmRunReport& run : arm.runs) seeds.push_back(std::to_string(run.seed));
  return join(seeds, ", ");
}

std::string f1_of(const SeedFigures& figures) {
  const std::string mean = fixed(figures.mean, 3);
  return std::isnan(figures.sd) ? mean : concat(mean, " ± ", fixed(figures.sd, 3));
}

std::string milliseconds(double seconds) { return fixed(1000 * seconds, 1) + " ms"; }

/// "2.5", "84", "-3": labels per intent.
std::string label_count(double labels) {
  const bool is_whole = std::abs(labels - std::round(labels)) < 0.05;
  return fixed(labels, std::abs(labels) < 10 && !is_whole ? 1 : 0);
}

std::string label_interval(const evaluation::Interval& interval) {
  if (std::isnan(interval.low) && std::isnan(interval.high)) return "–";
  if (std::isnan(interval.high)) return concat(label_count(interval.low), " and more");
  if (std::isnan(interval.low)) return concat("up to ", label_count(interval.high));
  return concat(label_count(interval.low), " to ", label_count(interval.high));
}

std::string signed_duration(double seconds) {
  return seconds < 0 ? concat("-", duration(-seconds)) : duration(seconds);
}

std::string bound_of(Reach reach) {
  switch (reach) {
    case Reach::at_most:
      return "at most ";
    case Reach::more_than:
      return "more than ";
    case Reach::measured:
      break;
  }
  return "";
}

}  // namespace

std::string accuracy_of(const SeedFigures& figures) {
  const std::string mean = percent(figures.mean);
  return std::isnan(figures.sd) ? mean : concat(mean, " ± ", fixed(100 * figures.sd, 1));
}

std::string outcome_words(const PairReport& pair) {
  switch (pair.outcome) {
    case PairOutcome::a_better:
      return concat(pair.a, " is better");
    case PairOutcome::b_better:
      return concat(pair.b, " is better");
    case PairOutcome::too_few:
      return "too few texts";
    case PairOutcome::not_comparable:
      return "measured on other texts";
    case PairOutcome::undecided:
      break;
  }
  return "undecided";
}

Table arms_table(const ComparisonReport& report) {
  const bool sets = std::ranges::any_of(report.arms, [](const ArmReport& arm) { return arm.micro_f1.has_value(); });
  Table table{"Accuracy and cost: means over seeds",
              {{"Arm", Align::left},
               {"Policy", Align::left},
               {"Seeds"},
               {"Texts"},
               {sets ? "Exact answers" : "Accuracy"},
               {"Macro F1"}},
              {}};
  if (sets) table.columns.push_back({"Micro F1"});
  table.columns.insert(table.columns.end(), {{"Training"}, {"In all"}, {"Memory"}, {"Trainable"}, {"Checkpoint"}});
  const bool timed = std::any_of(report.arms.begin(), report.arms.end(),
                                 [](const ArmReport& arm) { return arm.cost.latency.has_value(); });
  if (timed) table.columns.insert(table.columns.end(), {{"One text (95%)"}, {"Texts/s"}});
  const bool mixed =
      std::any_of(report.arms.begin(), report.arms.end(), [](const ArmReport& arm) { return arm.cross_validated; });
  if (mixed) table.columns.push_back({"Measured on", Align::left});
  table.rows.reserve(report.arms.size());
  for (const ArmReport& arm : report.arms) {
    const CostReport& cost = arm.cost;
    std::vector<Cell>& row = table.rows.emplace_back();
    row = {name(arm.name),     arm.policy, seeds_of(arm), grouped(arm.texts), accuracy_of(arm.accuracy),
           f1_of(arm.macro_f1)};
    if (sets) row.emplace_back(arm.micro_f1 ? f1_of(*arm.micro_f1) : "–");
    const std::string checkpoint = cost.checkpoint_bytes ? mebibytes(*cost.checkpoint_bytes) : "–";
    for (const std::string& cell : {duration(cost.train_seconds), duration(cost.total_seconds),
                                    mebibytes(cost.peak_rss_bytes), grouped(cost.trainable_parameters), checkpoint}) {
      row.emplace_back(cell);
    }
    if (timed) {
      const LatencyReport latency = cost.latency.value_or(LatencyReport{});
      row.emplace_back(concat(milliseconds(latency.median_seconds), " (", milliseconds(latency.p95_seconds), ")"));
      row.emplace_back(fixed(latency.texts_per_second, 0));
    }
    if (mixed) row.emplace_back(arm.cross_validated ? "out of fold" : "test file");
  }
  return table;
}

Table curve_table(const ComparisonReport& report) {
  Table table{"Accuracy by training texts per label", {{"Texts per label"}}, {}};
  for (const ArmReport& arm : report.arms) table.columns.push_back({name(arm.name)});
  std::vector<std::optional<std::int64_t>> shots;
  for (const CurvePointReport& point : report.learning_curve) {
    if (std::find(shots.begin(), shots.end(), point.shots) == shots.end()) shots.push_back(point.shots);
  }
  for (const auto& count : shots) {
    std::vector<Cell>& row = table.rows.emplace_back();
    row.emplace_back(count ? std::to_string(*count) : "all");
    for (const ArmReport& arm : report.arms) {
      const auto point =
          std::find_if(report.learning_curve.begin(), report.learning_curve.end(),
                       [&](const CurvePointReport& each) { return each.arm == arm.name && each.shots == count; });
      row.emplace_back(point == report.learning_curve.end() ? "–" : accuracy_of(point->accuracy));
    }
  }
  return table;
}

Table savings_table(const ComparisonReport& report) {
  if (report.savings.empty()) return {};
  const std::string& baseline = report.baseline_arm.value();
  Table table{concat("What ", baseline, " needs to be as accurate, read off its learning curve"),
              {{"Arm", Align::left},
               {"Texts per label"},
               {"Accuracy"},
               {name(baseline) + " needs"},
               {"95% interval"},
               {"Labels saved"},
               {"Training"},
               {"that of " + name(baseline)},
               {"Time saved"}},
              {}};
  table.rows.reserve(report.savings.size());
  for (const SavingReport& saving : report.savings) {
    const std::string bound = bound_of(saving.reach);
    // "More than" nothing, or than less than nothing, says nothing.
    const auto saved = [&](double value, const std::string& text) {
      return saving.reach == Reach::more_than && value <= 0 ? std::string("–") : bound + text;
    };
    table.rows.push_back({name(saving.arm), label_count(saving.labels), percent(saving.accuracy),
                          bound + label_count(saving.needed_labels), label_interval(saving.needed_labels_ci95),
                          saved(saving.labels_saved, label_count(saving.labels_saved)), duration(saving.seconds),
                          bound + duration(saving.needed_seconds),
                          saved(saving.time_saved, signed_duration(saving.time_saved))});
  }
  return table;
}

Table forecasts_table(const ComparisonReport& report) {
  if (report.forecasts.empty()) return {};
  Table table{"Forecast by a power law fitted to each learning curve",
              {{"Arm", Align::left},
               {"For accuracy"},
               {"Texts per label"},
               {"95% interval"},
               {"", Align::left},
               {"Error at k texts per label", Align::left},
               {"Last point, foretold by the others", Align::left}},
              {}};
  table.rows.reserve(report.forecasts.size());
  for (const ForecastReport& forecast : report.forecasts) {
    std::string where = concat("measured up to ", label_count(forecast.measured_labels));
    if (std::isnan(forecast.labels)) {
      where = "out of reach by this law";
    } else if (forecast.extrapolated) {
      where = concat("extrapolated: ", where);
    }
    std::string check = "–";
    if (forecast.check) {
      check = concat(percent(forecast.check->forecast), " (", percent(forecast.check->ci95.low), " to ",
                     percent(forecast.check->ci95.high), "), measured ", percent(forecast.check->measured));
    }
    table.rows.push_back(
        {name(forecast.arm), percent(forecast.target_accuracy), label_count(forecast.labels),
         label_interval(forecast.labels_ci95), where,
         concat(significant(forecast.a), " / k^", significant(forecast.b), " + ", significant(forecast.c)), check});
  }
  return table;
}

Table pairs_table(const ComparisonReport& report) {
  Table table{"Every pair of arms",
              {{"a", Align::left},
               {"b", Align::left},
               {"a - b, points"},
               {"95% interval"},
               {"p (McNemar)"},
               {"p (Holm)"},
               {"Outcome", Align::left}},
              {}};
  table.rows.reserve(report.pairs.size());
  for (const PairReport& pair : report.pairs) {
    table.rows.push_back({name(pair.a), name(pair.b), fixed(100 * pair.difference, 1), points_interval(pair.ci95),
                          p_cell(pair.p_mcnemar), p_cell(pair.p_holm), outcome_words(pair)});
  }
  return table;
}

Table tests_table(const ComparisonReport& report) {
  Table table{"Texts that one run of a pair alone answered right",
              {{"a", Align::left},
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
      table.rows.push_back({name(pair.a), name(pair.b), std::to_string(test.seed_a), std::to_string(test.seed_b),
                            grouped(test.only_a), grouped(test.only_b), p_cell(test.p)});
    }
  }
  return table;
}

}  // namespace tt::report
