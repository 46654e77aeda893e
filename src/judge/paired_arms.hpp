#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "transfer_tune/evaluation/difference.hpp"
#include "transfer_tune/evaluation/pair_tests.hpp"
#include "transfer_tune/judge/comparison.hpp"

// Two arms that answered the same texts.

namespace tt::report {

/// Positions of texts; several groups count the same each.
using TextGroups = std::vector<std::vector<std::size_t>>;

/// One group of all.
[[nodiscard]] TextGroups all_texts(const evaluation::Outcomes& outcomes);

/// The side of 0 on which the whole interval lies, if any.
[[nodiscard]] PairOutcome side_of(const evaluation::Interval& interval);

/// What `test` and the pair's interval say together of `texts` texts.
void judge_paired(PairReport& pair, const evaluation::PairTest& test, std::int64_t texts);

/// The interval over texts and seeds; none where the arms disagree on so few texts in every run that no test could tell
/// them apart, since a resample of next to nothing spreads too little.
[[nodiscard]] evaluation::Interval paired_interval(const evaluation::Outcomes& a, const evaluation::Outcomes& b,
                                                   const evaluation::PairTest& test, const TextGroups& groups,
                                                   const ComparisonOptions& options);

}  // namespace tt::report
