#include "judge/comparison_verdict.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "transfer_tune/core/text.hpp"
#include "transfer_tune/evaluation/significance.hpp"
#include "transfer_tune/record/format.hpp"

namespace tt::report {
namespace {

/// How the most accurate arm stands to another one.
struct Rivalry {
  const ArmReport* other = nullptr;
  const PairReport* pair = nullptr;
  bool turned = false;  ///< the other is the pair's first

  [[nodiscard]] bool won() const { return pair->outcome == (turned ? PairOutcome::b_better : PairOutcome::a_better); }
};

const PairReport& pair_of(const ComparisonReport& report, const ArmReport& one, const ArmReport& other) {
  return *std::find_if(report.pairs.begin(), report.pairs.end(), [&](const PairReport& pair) {
    return (pair.a == one.name && pair.b == other.name) || (pair.a == other.name && pair.b == one.name);
  });
}

bool comparable(const ComparisonReport& report, const ArmReport& one, const ArmReport& other) {
  return &one == &other || pair_of(report, one, other).outcome != PairOutcome::not_comparable;
}

/// The arms that were measured on the same texts as the arm that most others share texts with.
std::vector<const ArmReport*> largest_group(const ComparisonReport& report) {
  std::vector<const ArmReport*> largest;
  for (const ArmReport& anchor : report.arms) {
    std::vector<const ArmReport*> group;
    group.reserve(report.arms.size());
    for (const ArmReport& arm : report.arms) {
      if (comparable(report, anchor, arm)) group.push_back(&arm);
    }
    if (group.size() > largest.size()) largest = std::move(group);
  }
  return largest;
}

double training_time(const ArmReport& arm) {
  const double seconds = arm.cost.train_seconds;
  return std::isnan(seconds) ? std::numeric_limits<double>::infinity() : seconds;
}

bool cheaper(const ArmReport* one, const ArmReport* other) { return training_time(*one) < training_time(*other); }

bool less_accurate(const ArmReport* one, const ArmReport* other) {
  if (one->accuracy.mean != other->accuracy.mean) return one->accuracy.mean < other->accuracy.mean;
  return cheaper(other, one);
}

std::vector<Rivalry> rivalries(const ComparisonReport& report, const std::vector<const ArmReport*>& group,
                               const ArmReport& best) {
  std::vector<Rivalry> out;
  out.reserve(group.size());
  for (const ArmReport* arm : group) {
    if (arm == &best || !comparable(report, best, *arm)) continue;
    const PairReport& pair = pair_of(report, best, *arm);
    out.push_back({arm, &pair, pair.b == best.name});
  }
  return out;
}

/// "1.2 points (95% 0.5 to 1.9)", from the best arm's side.
std::string gain(const Rivalry& rivalry) {
  const evaluation::Interval& ci = rivalry.pair->ci95;
  const evaluation::Interval facing = rivalry.turned ? evaluation::Interval{-ci.high, -ci.low} : ci;
  std::string text = points(rivalry.pair->difference);
  if (!std::isnan(facing.low)) text += concat(" (95% ", points_interval(facing), ")");
  return rivalry.pair->paired ? text : text + ", not paired";
}

/// ", at 9.0 times the training time"; nothing where a time is unknown.
std::string at_cost(const ArmReport& best, const ArmReport& other) {
  const double ratio = best.cost.train_seconds / other.cost.train_seconds;
  if (!std::isfinite(ratio)) return "";
  if (ratio < 0.95) return ", in less training time";
  if (ratio < 1.05) return ", in the same training time";
  return concat(", at ", fixed(ratio, ratio < 10 ? 1 : 0), " times the training time");
}

/// Too few texts differ for a test, but so few of so many, in one seed at least, that the arms answer alike for all
/// practical purposes: the difference of their accuracies is below one point there, and more texts would not help.
bool practically_alike(const Rivalry& rivalry) {
  std::int64_t least = rivalry.other->texts;
  for (const RunTestReport& test : rivalry.pair->tests) least = std::min(least, test.only_a + test.only_b);
  return rivalry.pair->outcome == PairOutcome::too_few && 100 * (least + 1) <= rivalry.other->texts;
}

std::string beaten_sentence(const ArmReport& best, const std::vector<Rivalry>& rivals) {
  std::vector<std::string> parts;
  for (const Rivalry& rivalry : rivals) {
    if (rivalry.won()) {
      parts.push_back(concat(rivalry.other->name, " by ", gain(rivalry), at_cost(best, *rivalry.other)));
    }
  }
  return parts.empty() ? "" : concat(best.name, " beats ", join(parts, "; "), ".");
}

std::string undecided_sentence(const ArmReport& best, const std::vector<Rivalry>& rivals) {
  std::vector<std::string> parts;
  for (const Rivalry& rivalry : rivals) {
    if (rivalry.won() || rivalry.pair->outcome == PairOutcome::too_few) continue;
    std::string why;
    if (rivalry.pair->p_holm < evaluation::kSignificance) {
      why = concat(" (", rivalry.pair->reason, ")");  // the p alone would seem to say the opposite
    } else if (!std::isnan(rivalry.pair->p_holm)) {
      why = concat(", ", p_text(rivalry.pair->p_holm));
    }
    parts.push_back(concat(best.name, " and ", rivalry.other->name, " differ by ", gain(rivalry), why));
  }
  return parts.empty() ? "" : concat("No difference can be told apart: ", join(parts, "; "), ".");
}

std::string too_few_sentence(const ArmReport& best, const std::vector<Rivalry>& rivals) {
  std::vector<std::string> parts;
  for (const Rivalry& rivalry : rivals) {
    if (rivalry.pair->outcome != PairOutcome::too_few) continue;
    parts.push_back(concat(best.name, " and ", rivalry.other->name, ": ", rivalry.pair->reason,
                           practically_alike(rivalry) ? " (practically alike)" : ""));
  }
  return parts.empty() ? "" : concat(join(parts, "; "), ".");
}

/// The cheapest of the arms that nothing was found to be better than, unless that rests on too few texts.
const ArmReport* to_ship(const ArmReport& best, const std::vector<Rivalry>& rivals) {
  const ArmReport* chosen = &best;
  for (const Rivalry& rivalry : rivals) {
    if (rivalry.won()) continue;
    if (rivalry.pair->outcome == PairOutcome::too_few && !practically_alike(rivalry)) return nullptr;
    if (cheaper(rivalry.other, chosen)) chosen = rivalry.other;
  }
  return chosen;
}

std::string advice(const ArmReport& best, const ArmReport* chosen, bool all_beaten) {
  if (chosen == nullptr) return "Test on more texts before choosing.";
  if (all_beaten) return concat("Ship ", chosen->name, ".");
  if (chosen == &best) return concat("Ship ", chosen->name, ": no other is cheaper to train.");
  return concat("Ship ", chosen->name, ", the cheaper: ", duration(chosen->cost.train_seconds),
                " of training instead of ", duration(best.cost.train_seconds), ".");
}

std::string left_out_sentence(const ComparisonReport& report, const ArmReport& best) {
  std::vector<std::string> names;
  for (const ArmReport& arm : report.arms) {
    if (!comparable(report, best, arm)) names.push_back(arm.name);
  }
  return names.empty() ? "" : concat("Not judged, for it was measured on other texts: ", join(names, ", "), ".");
}

/// What one seed cannot tell.
std::string seeds_sentence(const std::vector<ArmReport>& arms) {
  std::vector<std::string> single;
  for (const ArmReport& arm : arms) {
    if (arm.runs.size() == 1) single.push_back(arm.name);
  }
  if (single.empty()) return "";
  return concat("One seed", single.size() == arms.size() ? " each" : concat(" of ", join(single, ", ")),
                ": this is about these trained models, and says nothing of how training varies; another seed may order "
                "them otherwise.");
}

}  // namespace

void add_verdict(ComparisonReport& report) {
  const std::vector<const ArmReport*> group = largest_group(report);
  if (group.size() < 2) {
    report.verdict =
        "The arms were measured on different texts, so that no difference can be put down to them: measure them on one "
        "file.";
    return;
  }
  const ArmReport& best = **std::max_element(group.begin(), group.end(), less_accurate);
  const std::vector<Rivalry> rivals = rivalries(report, group, best);
  const ArmReport* chosen = to_ship(best, rivals);
  const bool all_beaten =
      std::all_of(rivals.begin(), rivals.end(), [](const Rivalry& rivalry) { return rivalry.won(); });
  std::vector<std::string> sentences{beaten_sentence(best, rivals),   undecided_sentence(best, rivals),
                                     too_few_sentence(best, rivals),  advice(best, chosen, all_beaten),
                                     left_out_sentence(report, best), seeds_sentence(report.arms)};
  std::erase(sentences, "");
  report.verdict = join(sentences, " ");
  if (chosen != nullptr) report.recommended = chosen->name;
}

}  // namespace tt::report
