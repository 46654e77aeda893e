#include "judge/paired_arms.hpp"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"

namespace tt::report {
namespace {

using evaluation::kSignificance;

bool leans_to_a(const evaluation::PairTest& test) {
  return test.runs.front().texts.only_a > test.runs.front().texts.only_b;
}

std::string too_few_reason(const evaluation::PairTest& test, std::int64_t texts) {
  const auto [fewest, most] =
      std::minmax_element(test.runs.begin(), test.runs.end(),
                          [](const auto& one, const auto& other) { return one.texts.count() < other.texts.count(); });
  const auto scantest = fewest->texts.count();
  const char* where = scantest == most->texts.count() ? "in every seed " : "in one seed ";
  return concat("too few: ", test.runs.size() > 1 ? where : "",
                scantest == 0 ? concat("no text of ", grouped(texts))
                              : concat("only ", scantest, " of ", counted(texts, "text", "texts")),
                scantest <= 1 ? " was" : " were", " answered rightly by one of the two alone");
}

}  // namespace

TextGroups all_texts(const evaluation::Outcomes& outcomes) {
  std::vector<std::size_t> all(outcomes.texts());
  std::iota(all.begin(), all.end(), std::size_t{0});
  return {std::move(all)};
}

PairOutcome side_of(const evaluation::Interval& interval) {
  if (interval.low > 0) return PairOutcome::a_better;
  return interval.high < 0 ? PairOutcome::b_better : PairOutcome::undecided;
}

void judge_paired(PairReport& pair, const evaluation::PairTest& test, std::int64_t texts) {
  pair.paired = true;
  for (const evaluation::RunTest& run : test.runs) {
    pair.tests.push_back({.seed_a = run.seed_a,
                          .seed_b = run.seed_b,
                          .only_a = static_cast<std::int64_t>(run.texts.only_a),
                          .only_b = static_cast<std::int64_t>(run.texts.only_b),
                          .p = test.too_few ? evaluation::kUndefined : run.p});
  }
  if (test.too_few) {
    pair.outcome = PairOutcome::too_few;
    pair.reason = too_few_reason(test, texts);
    return;
  }
  pair.p_mcnemar = test.p;
  pair.p_holm = test.p_holm;
  const std::string seeds = test.runs.size() > 1 ? concat(" and ", test.runs.size(), " pairs of runs") : "";
  pair.reason = concat("paired over ", counted(texts, "text", "texts"), seeds, "; ");
  const PairOutcome side = side_of(pair.ci95);
  if (!(pair.p_holm < kSignificance)) {
    pair.reason += "chance could have done it";
  } else if (side == PairOutcome::undecided) {
    pair.reason += "significant text by text, but the interval holds 0";
  } else if ((side == PairOutcome::a_better) != leans_to_a(test)) {
    pair.reason += "the seeds in common lean the other way than the means";
  } else {
    pair.outcome = side;
    pair.reason += test.runs.size() > 1 ? "significant in every one" : "significant";
  }
}

evaluation::Interval paired_interval(const evaluation::Outcomes& a, const evaluation::Outcomes& b,
                                     const evaluation::PairTest& test, const TextGroups& groups,
                                     const ComparisonOptions& options) {
  std::size_t most = 0;
  for (const evaluation::RunTest& run : test.runs) most = std::max(most, run.texts.count());
  if (!(evaluation::mcnemar_p({.only_a = most, .only_b = 0}) < kSignificance)) return {};
  return evaluation::bootstrap_difference_ci95(a, b, groups, options.bootstrap_samples, options.seed);
}

}  // namespace tt::report
