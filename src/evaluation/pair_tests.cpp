#include "transfer_tune/evaluation/pair_tests.hpp"

#include <cstddef>

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

namespace tt::evaluation {
namespace {

Discordant discordant(const std::vector<std::uint8_t>& a, const std::vector<std::uint8_t>& b) {
  if (a.size() != b.size()) {
    throw InternalError(concat("McNemar: ", a.size(), " answers of one run against ", b.size(), " of the other"));
  }
  Discordant counts;
  for (std::size_t text = 0; text < a.size(); ++text) {
    counts.only_a += a[text] > b[text] ? 1 : 0;
    counts.only_b += b[text] > a[text] ? 1 : 0;
  }
  return counts;
}

std::vector<RunTest> tests_of_runs(const Outcomes& a, const Outcomes& b, bool same_seed) {
  std::vector<RunTest> tests;
  tests.reserve(a.runs() * b.runs());
  for (std::size_t i = 0; i < a.runs(); ++i) {
    for (std::size_t j = 0; j < b.runs(); ++j) {
      if (same_seed && a.seeds[i] != b.seeds[j]) continue;
      const Discordant texts = discordant(a.correct[i], b.correct[j]);
      tests.push_back({.seed_a = a.seeds[i], .seed_b = b.seeds[j], .texts = texts, .p = mcnemar_p(texts)});
    }
  }
  return tests;
}

std::vector<Discordant> counts_of(const PairTest& test) {
  std::vector<Discordant> counts;
  counts.reserve(test.runs.size());
  for (const RunTest& run : test.runs) counts.push_back(run.texts);
  return counts;
}

}  // namespace

std::vector<PairTest> test_pairs(const std::vector<std::pair<const Outcomes*, const Outcomes*>>& pairs) {
  std::vector<PairTest> tests(pairs.size());
  std::vector<double> p_values(pairs.size());
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const auto& [a, b] = pairs[i];
    tests[i].runs = tests_of_runs(*a, *b, true);
    if (tests[i].runs.empty()) tests[i].runs = tests_of_runs(*a, *b, false);
    tests[i].p = p_values[i] = in_every_run_p(counts_of(tests[i]));
  }
  const std::vector<double> corrected = holm(p_values);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    tests[i].p_holm = corrected[i];
    std::vector<double> at_best = p_values;
    at_best[i] = attainable_p(counts_of(tests[i]));
    tests[i].too_few = !(holm(at_best)[i] < kSignificance);
  }
  return tests;
}

}  // namespace tt::evaluation
