#include "transfer_tune/data/multi_label_splits.hpp"

#include "transfer_tune/core/error.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

namespace {

using namespace tt;
using namespace tt::data;

using Sets = std::vector<LabelSet>;

/// `count` sets of up to three of `labels` labels, of which the first are the commonest; every tenth has none.
Sets some_sets(std::size_t count, std::int32_t labels) {
  Sets sets(count);
  for (std::size_t i = 0; i < count; ++i) {
    if (i % 10 == 9) continue;
    std::set<std::int32_t> set;
    for (std::size_t k = 0; k <= i % 3; ++k) {
      const auto draw = static_cast<std::int32_t>((i * 7 + k * 13) % static_cast<std::size_t>(labels * labels));
      set.insert(draw / labels * draw / labels % labels);
    }
    sets[i].assign(set.begin(), set.end());
  }
  return sets;
}

std::map<std::int32_t, std::size_t> counts_of(const Sets& sets, const std::vector<std::size_t>& positions) {
  std::map<std::int32_t, std::size_t> counts;
  for (const std::size_t i : positions) {
    for (const std::int32_t label : sets[i]) ++counts[label];
  }
  return counts;
}

TEST(MultiLabelSplits, AFoldHoldsItsShareOfEveryLabel) {
  const Sets sets = some_sets(300, 8);
  const std::vector<Split> folds = stratified_folds(sets, 5, 3);
  std::vector<std::size_t> all(sets.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  const auto totals = counts_of(sets, all);
  std::set<std::size_t> seen;
  for (const Split& fold : folds) {
    EXPECT_NEAR(static_cast<double>(fold.held_out.size()), 60, 6);
    EXPECT_EQ(fold.held_out.size() + fold.train.size(), sets.size());
    seen.insert(fold.held_out.begin(), fold.held_out.end());
    auto held_out = counts_of(sets, fold.held_out);
    for (const auto& [label, total] : totals) {
      EXPECT_NEAR(static_cast<double>(held_out[label]), static_cast<double>(total) / 5, 2.0) << label;
    }
  }
  EXPECT_EQ(std::vector(seen.begin(), seen.end()), divisible_examples(sets));
}

TEST(MultiLabelSplits, EveryLabelIsTrainedOnInEveryFold) {
  // Labels 5 and 6 occur together, in two texts alone; label 9 in one.
  Sets sets = some_sets(60, 4);
  sets[0] = {5, 6};
  sets[1] = {5, 6};
  sets[2] = {0, 9};
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    for (const Split& fold : stratified_folds(sets, 5, seed)) {
      const auto trained = counts_of(sets, fold.train);
      for (const std::int32_t label : {0, 5, 6, 9}) EXPECT_TRUE(trained.contains(label)) << label;
      EXPECT_TRUE(std::ranges::count(fold.train, std::size_t{2}));
    }
    EXPECT_TRUE(std::ranges::count(stratified_split(sets, 0.5, seed).train, std::size_t{2}));
  }
}

TEST(MultiLabelSplits, DependOnTheSeedAlone) {
  const Sets sets = some_sets(200, 6);
  EXPECT_EQ(stratified_split(sets, 0.2, 1).held_out, stratified_split(sets, 0.2, 1).held_out);
  EXPECT_NE(stratified_split(sets, 0.2, 1).held_out, stratified_split(sets, 0.2, 2).held_out);
  EXPECT_NEAR(static_cast<double>(stratified_split(sets, 0.2, 1).held_out.size()), 40, 4);
  EXPECT_TRUE(stratified_split(sets, 0, 1).held_out.empty());
  EXPECT_THROW((void)stratified_split(sets, 1, 1), InternalError);
  EXPECT_THROW((void)stratified_folds(sets, 1, 1), InternalError);
}

TEST(MultiLabelSplits, PlanTakesTheBestThatTheDataAllow) {
  EXPECT_EQ(plan_selection(some_sets(600, 5), 0.1).method, SelectionMethod::split);
  EXPECT_EQ(plan_selection(some_sets(100, 5), 0.1).method, SelectionMethod::cross_validation);
  EXPECT_EQ(plan_selection(some_sets(100, 5), 0).method, SelectionMethod::defaults);
  EXPECT_EQ(plan_selection(Sets{{0}, {1}, {2}, {3}, {4}, {5}}, 0.1).method, SelectionMethod::defaults);
}

TEST(MultiLabelSplits, ShotsCountByLabelAndSmallerSamplesAreParts) {
  const Sets sets = some_sets(200, 6);
  const ShotSample few = sample_shots(sets, 2, 7);
  const ShotSample more = sample_shots(sets, 5, 7);
  EXPECT_TRUE(std::ranges::includes(more.indices, few.indices));
  for (const auto& [label, count] : counts_of(sets, few.indices)) EXPECT_GE(count, 2U) << label;
  EXPECT_TRUE(few.short_labels.empty());
  EXPECT_EQ(sample_shots(Sets{{0}, {0, 1}, {}}, 2, 1).indices, (std::vector<std::size_t>{0, 1, 2}));
  EXPECT_EQ(sample_shots(Sets{{0}, {0, 1}, {}}, 2, 1).short_labels, (std::vector<std::int32_t>{1}));
}

}  // namespace
