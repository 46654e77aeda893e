#include "transfer_tune/data/splits.hpp"

#include "transfer_tune/core/error.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

namespace {

using namespace tt;
using namespace tt::data;

using Labels = std::vector<std::int32_t>;

/// Interleaved labels with the given counts.
Labels labels_with(std::vector<std::size_t> counts) {
  Labels labels;
  while (std::ranges::any_of(counts, [](std::size_t count) { return count > 0; })) {
    for (std::size_t label = 0; label < counts.size(); ++label) {
      if (counts[label] == 0) continue;
      --counts[label];
      labels.push_back(static_cast<std::int32_t>(label));
    }
  }
  return labels;
}

std::map<std::int32_t, std::size_t> counts_of(const Labels& labels, const std::vector<std::size_t>& indices) {
  std::map<std::int32_t, std::size_t> counts;
  for (const std::size_t index : indices) ++counts[labels[index]];
  return counts;
}

void expect_partition(const Split& split, std::size_t size) {
  EXPECT_TRUE(std::ranges::is_sorted(split.train));
  EXPECT_TRUE(std::ranges::is_sorted(split.held_out));
  std::vector<std::size_t> all = split.train;
  all.insert(all.end(), split.held_out.begin(), split.held_out.end());
  std::ranges::sort(all);
  std::vector<std::size_t> expected(size);
  std::iota(expected.begin(), expected.end(), std::size_t{0});
  EXPECT_EQ(all, expected);
}

TEST(StratifiedSplit, HoldsOutEachLabelInProportion) {
  const Labels labels = labels_with({40, 20, 15, 25});
  const Split split = stratified_split(labels, 0.2, 7);
  expect_partition(split, labels.size());
  EXPECT_EQ(counts_of(labels, split.held_out), (std::map<std::int32_t, std::size_t>{{0, 8}, {1, 4}, {2, 3}, {3, 5}}));
}

TEST(StratifiedSplit, LargestRemaindersFillUpToTheTotal) {
  const Labels labels = labels_with({14, 16, 19, 21});  // shares 1.4, 1.6, 1.9, 2.1 of 7
  const Split split = stratified_split(labels, 0.1, 7);
  EXPECT_EQ(counts_of(labels, split.held_out), (std::map<std::int32_t, std::size_t>{{0, 1}, {1, 2}, {2, 2}, {3, 2}}));
}

TEST(StratifiedSplit, OddSizesKeepEveryLabelInTrainingAndItsShare) {
  for (const double fraction : {0.01, 0.1, 0.25, 1.0 / 3.0, 0.5, 0.9, 0.999999}) {
    for (const auto& counts : std::vector<std::vector<std::size_t>>{{1}, {1, 1, 1}, {2, 3}, {7, 1, 13, 2}, {101, 3}}) {
      const Labels labels = labels_with(counts);
      const Split split = stratified_split(labels, fraction, 3);
      expect_partition(split, labels.size());
      EXPECT_EQ(counts_of(labels, split.train).size(), counts.size());
      EXPECT_LE(split.held_out.size(), std::llround(fraction * static_cast<double>(labels.size())));
      auto held_out = counts_of(labels, split.held_out);
      for (std::size_t label = 0; label < counts.size(); ++label) {
        const auto held = static_cast<double>(held_out[static_cast<std::int32_t>(label)]);
        const auto count = static_cast<double>(counts[label]);
        EXPECT_LT(std::abs(held - std::min(fraction * count, count - 1.0)), 1.0) << fraction << " of " << count;
      }
    }
  }
}

TEST(StratifiedSplit, TiesAreDrawnByLot) {
  const Labels labels = labels_with(std::vector<std::size_t>(20, 5));  // each label's share is one half
  std::set<std::vector<std::int32_t>> choices;
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    std::vector<std::int32_t> held;
    for (const auto& [label, count] : counts_of(labels, stratified_split(labels, 0.1, seed).held_out)) {
      EXPECT_EQ(count, 1U);
      held.push_back(label);
    }
    EXPECT_EQ(held.size(), 10U);
    choices.insert(held);
  }
  EXPECT_EQ(choices.size(), 5U);
}

TEST(StratifiedSplit, DependsOnTheSeedAlone) {
  const Labels labels = labels_with({30, 30});
  EXPECT_EQ(stratified_split(labels, 0.3, 1).held_out, stratified_split(labels, 0.3, 1).held_out);
  EXPECT_NE(stratified_split(labels, 0.3, 1).held_out, stratified_split(labels, 0.3, 2).held_out);
}

TEST(StratifiedSplit, EmptyAndImpossibleInput) {
  EXPECT_TRUE(stratified_split({}, 0.1, 1).train.empty());
  EXPECT_TRUE(stratified_split(labels_with({5}), 0.0, 1).held_out.empty());
  EXPECT_THROW((void)stratified_split(labels_with({5}), 1.0, 1), InternalError);
  EXPECT_THROW((void)stratified_split(labels_with({5}), std::nan(""), 1), InternalError);
  EXPECT_THROW((void)stratified_split(Labels{0, -1}, 0.1, 1), InternalError);
}

TEST(StratifiedFolds, HoldEveryExampleOutOnceAndEvenly) {
  const Labels labels = labels_with({13, 7, 2, 31});
  const auto folds = stratified_folds(labels, 5, 7);
  ASSERT_EQ(folds.size(), 5U);
  std::vector<std::size_t> times(labels.size(), 0);
  for (const Split& fold : folds) {
    expect_partition(fold, labels.size());
    for (const std::size_t index : fold.held_out) ++times[index];
    EXPECT_GE(fold.held_out.size(), 53U / 5);
    EXPECT_LE(fold.held_out.size(), 53U / 5 + 1);
    auto counts = counts_of(labels, fold.held_out);
    EXPECT_GE(counts[0], 2U);
    EXPECT_LE(counts[0], 3U);
    EXPECT_GE(counts[3], 6U);
    EXPECT_LE(counts[3], 7U);
    EXPECT_EQ(counts_of(labels, fold.train).size(), 4U);
  }
  EXPECT_EQ(times, std::vector<std::size_t>(labels.size(), 1));
}

TEST(StratifiedFolds, ALabelsOnlyExampleAlwaysTrains) {
  const Labels labels{0, 1, 1, 0, 2};
  for (const Split& fold : stratified_folds(labels, 2, 7)) {
    EXPECT_FALSE(std::ranges::count(fold.held_out, std::size_t{4}));
    EXPECT_EQ(counts_of(labels, fold.train).size(), 3U);
  }
  EXPECT_THROW((void)stratified_folds(labels, 1, 7), InternalError);
}

TEST(PlanSelection, TakesTheBestThatTheDataAllow) {
  EXPECT_EQ(plan_selection(labels_with({300, 300}), 0.1).method, SelectionMethod::split);
  EXPECT_EQ(plan_selection(labels_with({250, 250}), 0.1).method, SelectionMethod::split);

  const auto few = plan_selection(labels_with({245, 245}), 0.1);
  EXPECT_EQ(few.method, SelectionMethod::cross_validation);
  EXPECT_EQ(few.folds, 5U);
  EXPECT_EQ(few.reason,
            "A validation split would hold only 49 examples for 2 labels, too few to choose settings on: they are "
            "chosen by cross-validation in 5 folds.");
  EXPECT_EQ(plan_selection(labels_with({2, 2}), 0.1).folds, 4U);

  // More labels than a split of a tenth has places for.
  EXPECT_EQ(plan_selection(labels_with(std::vector<std::size_t>(100, 9)), 0.1).method,
            SelectionMethod::cross_validation);
  EXPECT_EQ(plan_selection(labels_with(std::vector<std::size_t>(100, 10)), 0.1).method, SelectionMethod::split);

  const auto no_choice = plan_selection(labels_with({20, 1}), 0.1);
  EXPECT_EQ(no_choice.method, SelectionMethod::defaults);
  EXPECT_EQ(no_choice.reason,
            "A validation split would hold only 2 examples for 2 labels, too few to choose settings on, and only one "
            "label has two examples to cross-validate with: the defaults stand.");
  EXPECT_EQ(plan_selection(labels_with({1000}), 0.1).method, SelectionMethod::defaults);
  EXPECT_EQ(plan_selection(labels_with({1000, 1000}), 0.0).method, SelectionMethod::defaults);
  EXPECT_EQ(plan_selection({}, 0.1).method, SelectionMethod::defaults);
}

TEST(PlanSelection, ALabelWithOneExampleLeavesTheOthersTheirChoice) {
  const auto plan = plan_selection(labels_with({10, 10, 1}), 0.1);
  EXPECT_EQ(plan.method, SelectionMethod::cross_validation);
  EXPECT_EQ(plan.folds, 5U);
  EXPECT_EQ(
      plan.reason,
      "A validation split would hold only 2 examples for 3 labels, too few to choose settings on: they are chosen "
      "by cross-validation in 5 folds of the 20 examples whose label has two or more; 1 label with a single "
      "example trains in every fold, and nothing is known of how well.");
  EXPECT_EQ(plan_selection(labels_with({2, 1, 1, 2}), 0.1).folds, 4U);
  EXPECT_EQ(plan_selection(labels_with({1, 1, 1, 2}), 0.1).method, SelectionMethod::defaults);
}

TEST(SampleShots, TakesKOfEachLabelInFileOrderAndReportsShortOnes) {
  const Labels labels = labels_with({10, 3, 4, 1});
  const auto sample = sample_shots(labels, 4, 7);
  EXPECT_TRUE(std::ranges::is_sorted(sample.indices));
  EXPECT_EQ(counts_of(labels, sample.indices), (std::map<std::int32_t, std::size_t>{{0, 4}, {1, 3}, {2, 4}, {3, 1}}));
  EXPECT_EQ(sample.short_labels, (Labels{1, 3}));
}

TEST(SampleShots, SmallerSamplesAreNestedAndSeedsDiffer) {
  const Labels labels = labels_with({50, 50});
  const auto five = sample_shots(labels, 5, 7).indices;
  const auto ten = sample_shots(labels, 10, 7).indices;
  EXPECT_TRUE(std::ranges::includes(ten, five));
  EXPECT_NE(five, sample_shots(labels, 5, 8).indices);
}

}  // namespace
