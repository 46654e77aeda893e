#include "transfer_tune/judge/comparison.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <set>
#include <utility>

#include "judge/comparison_languages.hpp"
#include "judge/comparison_verdict.hpp"
#include "judge/paired_arms.hpp"
#include "judge/seed_figures.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/log.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/evaluation/difference.hpp"
#include "transfer_tune/evaluation/pair_tests.hpp"
#include "transfer_tune/record/format.hpp"

namespace tt::report {
namespace {

/// An arm's usable runs and what follows from them.
struct Arm {
  std::vector<const FinishedRun*> runs;
  std::optional<evaluation::Outcomes> outcomes;  ///< absent: some run has no answers
  std::string no_outcomes;                       ///< why
  ArmReport report;

  [[nodiscard]] const FinishedRun& first() const { return *runs.front(); }
};

/// Whether the answers are to the same questions: the same places of a file, with the same labels.
bool same_texts(const Answers& a, const Answers& b) { return a.indexes == b.indexes && a.labels == b.labels; }

/// Why `run` cannot stand beside the arm's earlier runs as one more seed; empty: it can.
std::string cannot_join(const Arm& arm, const FinishedRun& run) {
  for (const FinishedRun* other : arm.runs) {
    if (other->summary.seed == run.summary.seed) {
      return concat("its seed, ", run.summary.seed, ", is that of ", other->directory,
                    ": a repeat says nothing of other seeds");
    }
    if (other->summary.data_sha256 != run.summary.data_sha256 || other->summary.texts != run.summary.texts ||
        (other->answers && run.answers && !same_texts(*other->answers, *run.answers))) {
      return concat("it was measured on other texts than ", other->directory, ", which is of the same arm");
    }
  }
  return "";
}

SeedFigures figures(const std::vector<const FinishedRun*>& runs, auto figure) {
  std::vector<double> per_seed;
  per_seed.reserve(runs.size());
  for (const FinishedRun* run : runs) per_seed.push_back(std::invoke(figure, run->summary));
  return seed_figures(std::move(per_seed));
}

/// Means over the runs that measured it.
std::optional<LatencyReport> mean_latency(const std::vector<const FinishedRun*>& runs) {
  std::optional<LatencyReport> mean;
  double count = 0;
  for (const FinishedRun* run : runs) {
    const auto& latency = run->summary.latency;
    if (!latency) continue;
    ++count;
    if (!mean) {
      mean = latency;
      continue;
    }
    mean->texts = std::max(mean->texts, latency->texts);
    mean->median_seconds += (latency->median_seconds - mean->median_seconds) / count;
    mean->p95_seconds += (latency->p95_seconds - mean->p95_seconds) / count;
    mean->texts_per_second += (latency->texts_per_second - mean->texts_per_second) / count;
  }
  return mean;
}

CostReport cost(const std::vector<const FinishedRun*>& runs) {
  CostReport out;
  out.train_seconds = figures(runs, &RunSummary::train_seconds).mean;
  out.total_seconds = figures(runs, &RunSummary::total_seconds).mean;
  for (const FinishedRun* run : runs) {
    out.peak_rss_bytes = std::max(out.peak_rss_bytes, run->summary.peak_rss_bytes);
    out.trainable_parameters = std::max(out.trainable_parameters, run->summary.trainable_parameters);
    out.checkpoint_bytes = std::max(out.checkpoint_bytes, run->checkpoint_bytes);
  }
  out.latency = mean_latency(runs);
  return out;
}

void describe(Arm& arm, const std::string& name) {
  const RunSummary& first = arm.first().summary;
  arm.report.name = name;
  arm.report.policy = first.policy;
  for (const FinishedRun* run : arm.runs) arm.report.runs.push_back({run->directory, run->summary.seed});
  arm.report.data_sha256 = first.data_sha256;
  arm.report.texts = first.texts;
  arm.report.cross_validated = first.cross_validated;
  arm.report.accuracy = figures(arm.runs, &RunSummary::accuracy);
  arm.report.macro_f1 = figures(arm.runs, &RunSummary::macro_f1);
  if (std::ranges::all_of(arm.runs, [](const FinishedRun* run) { return run->summary.micro_f1.has_value(); })) {
    arm.report.micro_f1 = figures(arm.runs, [](const RunSummary& run) { return *run.micro_f1; });
  }
  arm.report.languages = arm_languages(arm.runs);
  arm.report.cost = cost(arm.runs);
}

void collect_outcomes(Arm& arm) {
  evaluation::Outcomes outcomes;
  for (const FinishedRun* run : arm.runs) {
    if (!run->answers) {
      arm.no_outcomes = run->no_answers;
      return;
    }
    outcomes.seeds.push_back(run->summary.seed);
    outcomes.correct.push_back(run->answers->correct);
  }
  arm.outcomes = std::move(outcomes);
}

std::vector<Arm> usable_arms(const std::vector<ComparedArm>& compared, std::vector<FailedRunReport>& failed) {
  std::vector<Arm> arms;
  arms.reserve(compared.size());
  for (const ComparedArm& source : compared) {
    Arm arm;
    for (const FinishedRun& run : source.runs) {
      const std::string reason = cannot_join(arm, run);
      if (reason.empty()) {
        arm.runs.push_back(&run);
      } else {
        failed.push_back({source.name, run.directory, reason});
      }
    }
    if (arm.runs.empty()) continue;
    describe(arm, source.name);
    collect_outcomes(arm);
    arms.push_back(std::move(arm));
  }
  if (arms.size() >= 2) return arms;
  std::string message = concat("a comparison needs two usable arms, found ", arms.size());
  for (const FailedRunReport& run : failed) message += concat("\n  ", run.directory, ": ", run.reason);
  throw DataError(message);
}

/// How two arms may be compared: text by text where `paired`, and else by their accuracies, for `reason`.
struct Relation {
  bool paired = false;
  bool comparable = true;  ///< measured on the same texts
  std::string reason{};
};

Relation relation(const Arm& a, const Arm& b) {
  if (a.report.data_sha256.empty() || a.report.data_sha256 != b.report.data_sha256) {
    return {.comparable = false, .reason = "they were measured on different files"};
  }
  if (a.report.texts != b.report.texts) {
    return {.comparable = false,
            .reason = concat("they were measured on ", grouped(a.report.texts), " and ", grouped(b.report.texts),
                             " texts of the same file")};
  }
  if (!a.outcomes || !b.outcomes) return {.reason = a.outcomes ? b.no_outcomes : a.no_outcomes};
  if (!same_texts(*a.first().answers, *b.first().answers)) {
    return {.comparable = false, .reason = "they were measured on other texts of the same file, or on other labels"};
  }
  return {.paired = true};
}

void judge_unpaired(PairReport& pair, const Relation& relation) {
  if (relation.comparable) {
    pair.outcome = side_of(pair.ci95);
    pair.reason = concat("not paired, compared by the interval alone: ", relation.reason);
  } else {
    pair.outcome = PairOutcome::not_comparable;
    pair.reason = concat("not paired: ", relation.reason, "; the difference may lie in the texts");
  }
}

/// Each text counts once, however many seeds answered it: how training varies is no part of this interval.
evaluation::Interval unpaired_interval(const Arm& a, const Arm& b) {
  const auto measured = [](const Arm& arm) {
    return evaluation::MeasuredAccuracy{arm.report.accuracy.mean, static_cast<std::size_t>(arm.report.texts)};
  };
  return evaluation::newcombe_difference_ci95(measured(a), measured(b));
}

std::vector<PairReport> compare_pairs(const std::vector<Arm>& arms, const ComparisonOptions& options) {
  struct Candidate {
    const Arm* a;
    const Arm* b;
    Relation relation;
  };
  std::vector<Candidate> candidates;
  std::vector<std::pair<const evaluation::Outcomes*, const evaluation::Outcomes*>> paired;
  for (auto a = arms.begin(); a != arms.end(); ++a) {
    for (auto b = a + 1; b != arms.end(); ++b) {
      candidates.push_back({&*a, &*b, relation(*a, *b)});
      if (candidates.back().relation.paired) paired.emplace_back(&*a->outcomes, &*b->outcomes);
    }
  }
  const std::vector<evaluation::PairTest> tests = evaluation::test_pairs(paired);
  auto test = tests.begin();
  std::vector<PairReport> pairs;
  pairs.reserve(candidates.size());
  for (const auto& [a, b, relation] : candidates) {
    throw_if_interrupted();
    PairReport& pair = pairs.emplace_back();
    pair.a = a->report.name;
    pair.b = b->report.name;
    pair.difference = a->report.accuracy.mean - b->report.accuracy.mean;
    if (relation.paired) {
      pair.ci95 = paired_interval(*a->outcomes, *b->outcomes, *test, all_texts(*a->outcomes), options);
      judge_paired(pair, *test++, a->report.texts);
    } else {
      pair.ci95 = unpaired_interval(*a, *b);
      judge_unpaired(pair, relation);
    }
  }
  return pairs;
}

/// The same by the languages that the arms were trained in, and those that they were not.
std::vector<LanguagePairReport> language_pairs(const std::vector<Arm>& arms, const ComparisonOptions& options) {
  std::vector<LanguageArms> pairs;
  for (auto a = arms.begin(); a != arms.end(); ++a) {
    for (auto b = a + 1; b != arms.end(); ++b) {
      if (!relation(*a, *b).paired || !a->report.languages || !b->report.languages) continue;
      const std::vector<std::string>& languages = a->first().answers->languages;
      if (languages != b->first().answers->languages) continue;
      pairs.push_back({a->report, b->report, *a->outcomes, *b->outcomes, languages});
    }
  }
  return compare_languages(pairs, options);
}

/// What runs of one arm should share, so that seeds are all that differs.
std::string training_of(const RunSummary& run) {
  return concat(run.policy, '\n', run.trainable_parameters, '\n', run.encoder_sha256, '\n', run.train_sha256, '\n',
                run.train_texts);
}

std::vector<std::string> warnings_about(const std::vector<Arm>& arms) {
  std::vector<std::string> warnings;
  std::set<std::string> machines;
  for (const Arm& arm : arms) {
    std::set<std::string> trainings;
    for (const FinishedRun* run : arm.runs) {
      trainings.insert(training_of(run->summary));
      machines.insert(run->summary.machine);
    }
    if (trainings.size() > 1) {
      warnings.push_back(concat(arm.report.name,
                                ": its runs differ in more than the seed (policy, encoder or training texts), so their "
                                "spread is not that of seeds alone"));
    }
    if (arm.report.cross_validated) {
      warnings.push_back(concat(arm.report.name, ": its figures are cross-validated, not measured on a test file"));
    }
    if (!arm.outcomes) warnings.push_back(concat(arm.report.name, ": ", arm.no_outcomes));
  }
  if (machines.size() > 1) {
    warnings.push_back(
        concat("times and memory are not of one machine or setting: ", join({machines.begin(), machines.end()}, "; ")));
  }
  return warnings;
}

}  // namespace

CurvePointReport curve_point(const ComparedArm& arm, std::int64_t shots) {
  std::vector<const FinishedRun*> runs;
  runs.reserve(arm.runs.size());
  for (const FinishedRun& run : arm.runs) runs.push_back(&run);
  return {.arm = arm.name,
          .shots = shots == 0 ? std::nullopt : std::optional(shots),
          .labels = figures(runs, &RunSummary::texts_per_label).mean,
          .accuracy = figures(runs, &RunSummary::accuracy),
          .train_seconds = figures(runs, &RunSummary::train_seconds)};
}

ComparisonReport make_comparison(const std::vector<ComparedArm>& arms, std::vector<FailedRunReport> failed,
                                 const ComparisonOptions& options) {
  const std::vector<Arm> usable = usable_arms(arms, failed);
  ComparisonReport report;
  for (const Arm& arm : usable) report.arms.push_back(arm.report);
  report.pairs = compare_pairs(usable, options);
  report.language_pairs = language_pairs(usable, options);
  report.failed = std::move(failed);
  report.warnings = warnings_about(usable);
  report.bootstrap_samples = static_cast<std::int64_t>(options.bootstrap_samples);
  report.seed = options.seed;
  add_verdict(report);
  return report;
}

}  // namespace tt::report
