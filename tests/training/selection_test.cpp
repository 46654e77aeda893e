#include "transfer_tune/training/selection.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <set>
#include <vector>

namespace {

using namespace tt::training;

using Rows = std::vector<std::size_t>;

/// Directions in the plane, in degrees.
at::Tensor directions(const std::vector<double>& degrees) {
  at::Tensor out = at::empty({static_cast<std::int64_t>(degrees.size()), 2});
  for (std::size_t i = 0; i < degrees.size(); ++i) {
    const double angle = degrees[i] * std::numbers::pi / 180;
    out[static_cast<std::int64_t>(i)][0].fill_(std::cos(angle));
    out[static_cast<std::int64_t>(i)][1].fill_(std::sin(angle));
  }
  return out;
}

at::Tensor no_rows() { return at::empty({0, 2}); }

/// Three bunches of directions: rows 0 to 2, 3 to 7 and 8 to 11; 1, 5 and 9 are in the middle.
const std::vector<double> kBunches{-4, 0, 5, 110, 116, 120, 123, 131, 238, 240, 243, 240.5};

TEST(Margins, AreTheDistanceOfTheFirstFromTheSecond) {
  const at::Tensor found = margins(at::tensor({0.2F, 0.7F, 0.1F, 0.4F, 0.2F, 0.4F}).view({2, 3}));
  EXPECT_NEAR(found[0].item<double>(), 0.5, 1e-6);
  EXPECT_NEAR(found[1].item<double>(), 0.0, 1e-6);
}

Rows rows_of(const std::vector<ChosenText>& chosen) {
  Rows rows;
  for (const ChosenText& each : chosen) rows.push_back(each.text);
  return rows;
}

TEST(ChosenTexts, AreTheMiddlesOfTheLargestBunchesFirst) {
  const at::Tensor pool = directions(kBunches);
  for (std::uint64_t key = 0; key < 5; ++key) {
    const std::vector<ChosenText> chosen = choose_texts(pool, no_rows(), {}, 3, key);
    ASSERT_EQ(chosen.size(), 3U);
    EXPECT_EQ(chosen[0].text, 5U);
    EXPECT_EQ(chosen[0].stands_for, 5U);
    EXPECT_TRUE(chosen[1].text == 9 || chosen[1].text == 11) << chosen[1].text;
    EXPECT_EQ(chosen[1].stands_for, 4U);
    EXPECT_EQ(chosen[2].text, 1U);
    EXPECT_EQ(chosen[2].stands_for, 3U);
  }
}

TEST(ChosenTexts, DependOnDirectionsAlone) {
  const at::Tensor longer = directions(kBunches) * at::arange(1, 13).unsqueeze(1);
  EXPECT_EQ(rows_of(choose_texts(longer, no_rows(), {}, 3, 3)),
            rows_of(choose_texts(directions(kBunches), no_rows(), {}, 3, 3)));
}

TEST(ChosenTexts, LieWhereNothingIsLabelledYet) {
  const at::Tensor pool = directions(kBunches);
  for (std::uint64_t key = 0; key < 5; ++key) {
    const Rows chosen = rows_of(choose_texts(pool, directions({120}), {}, 2, key));
    EXPECT_GE(chosen[0], 8U);
    EXPECT_LT(chosen[1], 3U);
  }
}

TEST(ChosenTexts, AreThoseThatWeighMoreWhereSomeWeighNothing) {
  // A head is sure of all but the smallest bunch, and of one text there.
  const at::Tensor unsure = at::zeros({12});
  unsure[0].fill_(0.9);
  unsure[2].fill_(0.8);
  for (std::uint64_t key = 0; key < 5; ++key) {
    EXPECT_LT(rows_of(choose_texts(directions(kBunches), no_rows(), unsure, 1, key)).front(), 3U);
    const Rows two = rows_of(choose_texts(directions(kBunches), no_rows(), unsure, 2, key));
    EXPECT_EQ(std::set<std::size_t>(two.begin(), two.end()), (std::set<std::size_t>{0, 2}));
  }
}

TEST(ChosenTexts, AreAllWhereAllAreAskedForAndMore) {
  const at::Tensor pool = directions(kBunches);
  for (const std::size_t count : {12U, 40U}) {
    const Rows chosen = rows_of(choose_texts(pool, directions({20}), at::zeros({12}), count, 1));
    EXPECT_EQ(std::set<std::size_t>(chosen.begin(), chosen.end()).size(), 12U);
    EXPECT_EQ(chosen.size(), 12U);
  }
}

TEST(ChosenTexts, AreAsManyAsAskedForWhereTextsCoincide) {
  const Rows chosen = rows_of(choose_texts(at::ones({20, 2}), at::ones({3, 2}), {}, 6, 1));
  EXPECT_EQ(std::set<std::size_t>(chosen.begin(), chosen.end()).size(), 6U);
}

}  // namespace
