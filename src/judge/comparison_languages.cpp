#include "judge/comparison_languages.hpp"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <map>
#include <utility>

#include "judge/paired_arms.hpp"
#include "judge/seed_figures.hpp"
#include "transfer_tune/core/log.hpp"
#include "transfer_tune/evaluation/pair_tests.hpp"

namespace tt::report {
namespace {

/// Of one kind of mean, over the arm's runs; nothing where some run lacks it.
template <class Mean>
std::optional<SeedFigures> over_runs(const std::vector<const FinishedRun*>& runs, const Mean& mean) {
  std::vector<double> per_seed;
  per_seed.reserve(runs.size());
  for (const FinishedRun* run : runs) {
    const std::optional<LanguageMeanReport> figures = mean(*run->summary.languages);
    if (!figures) return std::nullopt;
    per_seed.push_back(figures->accuracy);
  }
  return seed_figures(std::move(per_seed));
}

evaluation::Outcomes part_of(const evaluation::Outcomes& all, const TextGroups& groups) {
  evaluation::Outcomes part;
  part.seeds = all.seeds;
  for (const std::vector<std::uint8_t>& run : all.correct) {
    std::vector<std::uint8_t>& correct = part.correct.emplace_back();
    for (const std::vector<std::size_t>& group : groups) {
      for (const std::size_t text : group) correct.push_back(run.at(text));
    }
  }
  return part;
}

/// Mean over groups and runs.
double mean_accuracy(const evaluation::Outcomes& outcomes, const TextGroups& groups) {
  double sum = 0;
  for (const std::vector<std::uint8_t>& run : outcomes.correct) {
    for (const std::vector<std::size_t>& group : groups) {
      double right = 0;
      for (const std::size_t text : group) right += run.at(text);
      sum += right / static_cast<double>(group.size());
    }
  }
  return sum / static_cast<double>(outcomes.runs() * groups.size());
}

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

/// What is to be tested.
struct Candidate {
  const LanguageArms* arms;
  LanguageGroup group;
  std::vector<std::string> languages;
  TextGroups groups;
  evaluation::Outcomes of_a, of_b;
};

void add_candidates(const LanguageArms& arms, std::deque<Candidate>& candidates) {
  std::map<std::string, std::vector<std::size_t>> texts;
  for (std::size_t i = 0; i < arms.languages.size(); ++i) texts[arms.languages[i]].push_back(i);
  if (texts.size() < 2) return;
  for (const LanguageGroup group : {LanguageGroup::zero_shot, LanguageGroup::trained}) {
    Candidate candidate{&arms, group, {}, {}, {}, {}};
    for (const auto& [language, positions] : texts) {
      const bool trained = has(arms.a.languages->trained_on, language) && has(arms.b.languages->trained_on, language);
      if (trained != (group == LanguageGroup::trained)) continue;
      candidate.languages.push_back(language);
      candidate.groups.push_back(positions);
    }
    if (candidate.groups.empty()) continue;
    candidate.of_a = part_of(arms.of_a, candidate.groups);
    candidate.of_b = part_of(arms.of_b, candidate.groups);
    candidates.push_back(std::move(candidate));
  }
}

}  // namespace

std::optional<ArmLanguagesReport> arm_languages(const std::vector<const FinishedRun*>& runs) {
  const auto knows = [](const FinishedRun* run) {
    const auto& languages = run->summary.languages;
    return languages && (languages->trained || languages->zero_shot);
  };
  if (!std::ranges::all_of(runs, knows)) return std::nullopt;
  ArmLanguagesReport out;
  for (const LanguageReport& language : runs.front()->summary.languages->by_language) {
    (language.trained_texts.value_or(0) > 0 ? out.trained_on : out.not_trained_on).push_back(language.language);
  }
  using Languages = const LanguagesReport&;
  out.mean = over_runs(runs, [](Languages report) { return std::optional(report.mean); }).value();
  out.trained = over_runs(runs, [](Languages report) { return report.trained; });
  out.zero_shot = over_runs(runs, [](Languages report) { return report.zero_shot; });
  return out;
}

std::vector<LanguagePairReport> compare_languages(const std::vector<LanguageArms>& pairs,
                                                  const ComparisonOptions& options) {
  std::deque<Candidate> candidates;  // whose outcomes stay where they are
  for (const LanguageArms& arms : pairs) add_candidates(arms, candidates);
  std::vector<std::pair<const evaluation::Outcomes*, const evaluation::Outcomes*>> tested;
  tested.reserve(candidates.size());
  for (const Candidate& candidate : candidates) tested.emplace_back(&candidate.of_a, &candidate.of_b);
  const std::vector<evaluation::PairTest> tests = evaluation::test_pairs(tested);
  std::vector<LanguagePairReport> out;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    throw_if_interrupted();
    const Candidate& candidate = candidates[i];
    const LanguageArms& arms = *candidate.arms;
    LanguagePairReport& report = out.emplace_back();
    report.group = candidate.group;
    report.languages = candidate.languages;
    report.texts = static_cast<std::int64_t>(candidate.of_a.texts());
    report.pair.a = arms.a.name;
    report.pair.b = arms.b.name;
    report.pair.difference = mean_accuracy(arms.of_a, candidate.groups) - mean_accuracy(arms.of_b, candidate.groups);
    report.pair.ci95 = paired_interval(arms.of_a, arms.of_b, tests[i], candidate.groups, options);
    judge_paired(report.pair, tests[i], report.texts);
  }
  return out;
}

}  // namespace tt::report
