#include "transfer_tune/evaluation/label_errors.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/random.hpp"

namespace tt::evaluation {
namespace {

/// Labels drawn with the probabilities of made-up answers, some of them changed afterwards.
struct Sample {
  Scores scores;
  std::vector<std::size_t> wrong;  ///< texts whose label was changed
};

enum class Change { none, to_any, to_similar };

/// Texts are about a class and, a little, about the class beside it (0 and 1, 2 and 3 …). One label in twenty is
/// changed. The model gives softmax(0.5 · logits) where the labels follow softmax(logits): it is unsure of itself.
Sample sample(std::size_t classes, std::size_t texts_of_class, Change change, std::uint64_t seed) {
  RandomStream stream(seed);
  Sample out{{classes, {}, {}}, {}};
  for (std::size_t text = 0; text < classes * texts_of_class; ++text) {
    const std::size_t about = text % classes;
    std::vector<double> logits(classes);
    for (double& logit : logits) logit = stream.normal();
    logits[about] += 9 + 2 * stream.normal();
    logits[about ^ 1U] += 2;
    const auto softmax_of = [&](double factor) {
      std::vector<double> p(classes);
      double sum = 0;
      for (std::size_t k = 0; k < classes; ++k) sum += p[k] = std::exp(factor * logits[k]);
      for (double& value : p) value /= sum;
      return p;
    };
    const std::vector<double> truth = softmax_of(1);
    std::size_t label = 0;
    for (double left = stream.uniform(); label + 1 < classes && left >= truth[label]; ++label) left -= truth[label];
    if (change != Change::none && text % 20 == 7) {
      label = change == Change::to_similar ? label ^ 1U : (label + 1 + stream.below(classes - 1)) % classes;
      out.wrong.push_back(text);
    }
    out.scores.labels.push_back(static_cast<std::int32_t>(label));
    const std::vector<double> answer = softmax_of(0.5);
    out.scores.probabilities.insert(out.scores.probabilities.end(), answer.begin(), answer.end());
  }
  return out;
}

/// Over several samples.
struct Outcome {
  double found = 0;
  double right = 0;  ///< found and changed
  double changed = 0;
  double expected_right = 0;
  double random_recall = 0;  ///< mean
};

Outcome outcome(std::size_t classes, std::size_t texts_of_class, Change change, std::uint64_t samples) {
  Outcome out;
  for (std::uint64_t seed = 1; seed <= samples; ++seed) {
    const Sample drawn = sample(classes, texts_of_class, change, seed);
    const LabelErrors errors = find_label_errors(drawn.scores);
    out.changed += static_cast<double>(drawn.wrong.size());
    out.random_recall += errors.random_recall / static_cast<double>(samples);
    if (!errors.found.empty()) {
      EXPECT_GE(errors.precision, 0.9);
      out.expected_right += errors.precision * static_cast<double>(errors.found.size());
    }
    for (const LabelError& error : errors.found) {
      ++out.found;
      if (std::binary_search(drawn.wrong.begin(), drawn.wrong.end(), error.text)) ++out.right;
      EXPECT_GE(error.wrong, 0.8);
      EXPECT_LT(error.label_probability, error.suggestion_probability);
    }
  }
  return out;
}

TEST(LabelErrors, ChangedAtRandomAreFoundWithTheStatedPrecisionAndRecall) {
  const Outcome out = outcome(20, 15, Change::to_any, 10);
  EXPECT_GE(out.right, 0.9 * out.found);
  EXPECT_NEAR(out.right / out.found, out.expected_right / out.found, 0.05);
  EXPECT_GT(out.right, 0.7 * out.changed);
  EXPECT_NEAR(out.right / out.changed, out.random_recall, 0.1);
}

TEST(LabelErrors, AreNotSeenInLabelsThatFollowTheAnswers) {
  const Outcome few = outcome(20, 10, Change::none, 10);
  EXPECT_LE(few.found, 1) << "in ten samples";
  EXPECT_GT(few.random_recall, 0.5);
  EXPECT_LE(outcome(8, 120, Change::none, 5).found, 1);
}

TEST(LabelErrors, OfASimilarClassAreFoundAmongManyTexts) {
  const Outcome out = outcome(8, 200, Change::to_similar, 4);
  EXPECT_GE(out.right, 0.9 * out.found);
  EXPECT_GT(out.right, 0.3 * out.changed);
  EXPECT_TRUE(find_label_errors(sample(8, 90, Change::to_similar, 1).scores).similar_told);
  EXPECT_FALSE(find_label_errors(sample(8, 70, Change::to_similar, 1).scores).similar_told);
}

TEST(LabelErrors, AreNotClaimedWhereTooFewTextsCanTell) {
  const Outcome out = outcome(4, 3, Change::to_any, 10);
  EXPECT_LE(out.found, 1) << "in ten samples";
  EXPECT_LT(out.random_recall, 0.5);
}

TEST(LabelErrors, TellTheTemperatureAndHowManyLabelsAreWrong) {
  const LabelErrors errors = find_label_errors(sample(20, 40, Change::to_any, 3).scores);
  EXPECT_NEAR(errors.temperature, 0.5, 0.1);
  EXPECT_GE(errors.random_share, 0.02);
  EXPECT_LE(errors.random_share, 0.08);
  EXPECT_EQ(errors.similar_share, 0);
  EXPECT_TRUE(std::is_sorted(errors.found.begin(), errors.found.end(),
                             [](const LabelError& a, const LabelError& b) { return a.wrong > b.wrong; }));
}

TEST(LabelErrors, CopeWithAnswersWithoutDoubt) {
  Scores scores{.num_classes = 2, .labels = {}, .probabilities = {}};
  for (int i = 0; i < 40; ++i) {
    scores.labels.push_back(i % 2);
    const double first = i % 2 == 0 ? 1 : 0;
    scores.probabilities.insert(scores.probabilities.end(), {first, 1 - first});
  }
  scores.labels[0] = 1;  // of which the model says that it is impossible
  const LabelErrors errors = find_label_errors(scores);
  ASSERT_EQ(errors.found.size(), 1U);
  EXPECT_EQ(errors.found[0].text, 0U);
  EXPECT_EQ(errors.found[0].suggestion, 0);
}

TEST(LabelErrors, NoneWhereAnswersAreNoNumbers) {
  Scores scores = sample(4, 10, Change::to_any, 1).scores;
  std::fill(scores.probabilities.begin(), scores.probabilities.begin() + 8, kUndefined);
  EXPECT_TRUE(find_label_errors(scores).found.empty());
}

TEST(LabelErrors, NoneWithoutTexts) {
  const LabelErrors errors = find_label_errors({.num_classes = 3, .labels = {}, .probabilities = {}});
  EXPECT_TRUE(errors.found.empty());
  EXPECT_TRUE(std::isnan(errors.random_recall));
}

TEST(LabelErrors, RefuseWhatDoesNotFit) {
  EXPECT_THROW((void)find_label_errors({.num_classes = 2, .labels = {0, 2}, .probabilities = {1, 0, 1, 0}}),
               InternalError);
  EXPECT_THROW((void)find_label_errors({.num_classes = 2, .labels = {-1}, .probabilities = {1, 0}}), InternalError);
  EXPECT_THROW((void)find_label_errors({.num_classes = 2, .labels = {0}, .probabilities = {1}}), InternalError);
}

}  // namespace
}  // namespace tt::evaluation
