#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

#include "transfer_tune/evaluation/confusion_order.hpp"

namespace tt::evaluation {
namespace {

using Confusion = std::vector<std::vector<std::int64_t>>;

/// `count` classes with 40 texts each, all answered rightly.
Confusion perfect(std::size_t count) {
  Confusion confusion(count, std::vector<std::int64_t>(count, 0));
  for (std::size_t i = 0; i < count; ++i) confusion[i][i] = 40;
  return confusion;
}

void confuse(Confusion& confusion, std::size_t label, std::size_t prediction, std::int64_t texts) {
  confusion[label][label] -= texts;
  confusion[label][prediction] += texts;
}

TEST(ConfusionOrder, KeepsTheOrderWhereNothingIsConfused) {
  const ConfusionOrder ordered = order_by_confusion(perfect(4));
  EXPECT_EQ((std::vector<std::size_t>{0, 1, 2, 3}), ordered.order);
  EXPECT_TRUE(ordered.groups.empty());
  EXPECT_TRUE(order_by_confusion({}).order.empty());
  EXPECT_EQ((std::vector<std::size_t>{0}), order_by_confusion({{0}}).order) << "a label without texts";
}

TEST(ConfusionOrder, PutsConfusedClassesSideBySideTheMostConfusedFirst) {
  Confusion confusion = perfect(8);
  confuse(confusion, 1, 6, 5);
  confuse(confusion, 3, 7, 10);
  confuse(confusion, 7, 3, 2);
  confuse(confusion, 0, 6, 2);  // too rare for a group, but near it
  const ConfusionOrder ordered = order_by_confusion(confusion);
  EXPECT_EQ((std::vector<std::size_t>{3, 7, 0, 6, 1, 2, 4, 5}), ordered.order);
  ASSERT_EQ(2U, ordered.groups.size());
  EXPECT_EQ(0U, ordered.groups[0].first);
  EXPECT_EQ(2U, ordered.groups[0].count);
  EXPECT_EQ(3U, ordered.groups[1].first);
  EXPECT_EQ(2U, ordered.groups[1].count);
}

TEST(ConfusionOrder, TurnsClustersSoThatTheirNearestEndsMeet) {
  Confusion confusion = perfect(4);
  confuse(confusion, 0, 1, 20);
  confuse(confusion, 2, 3, 20);
  confuse(confusion, 0, 3, 4);  // joins the clusters {0, 1} and {2, 3} at 0 and 3
  const ConfusionOrder ordered = order_by_confusion(confusion);
  EXPECT_EQ((std::vector<std::size_t>{1, 0, 3, 2}), ordered.order);
}

TEST(ConfusionOrder, IsAPermutationOfManyClasses) {
  constexpr std::size_t kClasses = 500;
  Confusion confusion = perfect(kClasses);
  for (std::size_t i = 0; i < kClasses; ++i)
    confuse(confusion, i, (i * 37 + 11) % kClasses, static_cast<std::int64_t>(i % 7));
  ConfusionOrder ordered = order_by_confusion(confusion);
  EXPECT_EQ(ordered.order, order_by_confusion(confusion).order);
  for (const OrderedGroup& group : ordered.groups) EXPECT_LE(group.first + group.count, kClasses);
  std::sort(ordered.order.begin(), ordered.order.end());
  std::vector<std::size_t> all(kClasses);
  std::iota(all.begin(), all.end(), std::size_t{0});
  EXPECT_EQ(all, ordered.order);
}

}  // namespace
}  // namespace tt::evaluation
