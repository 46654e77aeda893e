#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "transfer_tune/core/text.hpp"
#include "transfer_tune/judge/comparison.hpp"
#include "transfer_tune/record/format.hpp"

// What a source stage did for the target, where two arms differ by it alone.

namespace tt::report {
namespace {

const FinishedRun* first_run(const std::vector<ComparedArm>& arms, const std::string& name) {
  const auto arm = std::find_if(arms.begin(), arms.end(), [&](const ComparedArm& each) { return each.name == name; });
  return arm == arms.end() || arm->runs.empty() || !arm->runs.front().settings ? nullptr : &arm->runs.front();
}

bool differ_by_source_alone(const RunSettings& with, const RunSettings& without) {
  return !with.source.empty() && without.source.empty() && with.others == without.others;
}

std::string texts_of(const SourceEffectReport& effect) {
  if (!effect.shots) return "With all texts";
  return concat("With ", counted(*effect.shots, "text", "texts"), " per label");
}

std::string sentence_of(const SourceEffectReport& effect, const PairReport& pair) {
  const std::string source = effect.source.empty() ? "the source" : concat("the source ", effect.source);
  if (pair.outcome == PairOutcome::too_few || pair.outcome == PairOutcome::not_comparable) {
    return concat(texts_of(effect), ", nothing can be told of ", source, " (", effect.with, " and ", effect.without,
                  "): ", pair.reason, ".");
  }
  std::string claim = concat("no effect of ", source, " can be told");
  if (effect.helped) claim = concat(source, " helps");
  if (effect.hurt) claim = concat(source, " hurts (negative transfer)");
  std::string gap = concat(points(effect.difference), effect.difference < 0 ? " less" : " more");
  if (!std::isnan(effect.ci95.low)) gap += concat(" (95% ", points_interval(effect.ci95), ")");
  return concat(texts_of(effect), ", ", claim, ": ", effect.with, " is ", gap, " accurate than ", effect.without,
                pair.paired ? "" : ", not paired", ".",
                pair.tests.size() == 1 ? " One seed: this is about these trained models alone." : "");
}

}  // namespace

std::vector<SourceEffectReport> source_effects(const ComparisonReport& report, const std::vector<ComparedArm>& arms) {
  std::vector<SourceEffectReport> effects;
  for (const PairReport& pair : report.pairs) {
    const FinishedRun* a = first_run(arms, pair.a);
    const FinishedRun* b = first_run(arms, pair.b);
    if (a == nullptr || b == nullptr) continue;
    const bool turned = differ_by_source_alone(*b->settings, *a->settings);
    if (!turned && !differ_by_source_alone(*a->settings, *b->settings)) continue;
    const double sign = turned ? -1 : 1;
    SourceEffectReport& effect = effects.emplace_back();
    effect.source = (turned ? b : a)->settings->source_name;
    effect.with = turned ? pair.b : pair.a;
    effect.without = turned ? pair.a : pair.b;
    effect.shots = a->summary.shots;
    effect.difference = sign * pair.difference;
    effect.ci95 = turned ? evaluation::Interval{-pair.ci95.high, -pair.ci95.low} : pair.ci95;
    effect.p_holm = pair.p_holm;
    effect.helped = pair.outcome == (turned ? PairOutcome::b_better : PairOutcome::a_better);
    effect.hurt = pair.outcome == (turned ? PairOutcome::a_better : PairOutcome::b_better);
    effect.sentence = sentence_of(effect, pair);
  }
  return effects;
}

void add_source_effects(ComparisonReport& report, std::vector<SourceEffectReport> effects) {
  for (const SourceEffectReport& effect : effects) {
    if (effect.hurt) report.warnings.push_back(effect.sentence);
  }
  report.source_effects = std::move(effects);
}

}  // namespace tt::report
