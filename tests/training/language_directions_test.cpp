#include "transfer_tune/training/language_directions.hpp"

#include "transfer_tune/training/probe.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace {

using namespace tt::training;

constexpr std::int64_t kTexts = 40;  ///< of a language
constexpr std::int64_t kHidden = 16;

/// Two labels in three languages. A label is a place on the first axis, a language one on the others, and the labels'
/// shares differ from language to language.
struct Texts {
  at::Tensor features;
  at::Tensor labels;
  std::vector<std::int32_t> languages;

  Texts() {
    at::manual_seed(5);
    labels = (at::arange(3 * kTexts).remainder(4) > 0).to(at::kLong);
    features = at::randn({3 * kTexts, kHidden}) * 0.1;
    features.select(1, 0).add_(labels.to(at::kFloat) * 2 - 1);
    for (std::int64_t i = 0; i < 3 * kTexts; ++i) languages.push_back(static_cast<std::int32_t>(i / kTexts));
    // The first language's labels are told apart along the others' direction too.
    features.narrow(0, 0, kTexts).select(1, 1).add_(labels.narrow(0, 0, kTexts).to(at::kFloat) * 8);
    features.narrow(0, kTexts, kTexts).select(1, 1).add_(6);
    features.narrow(0, 2 * kTexts, kTexts).select(1, 1).add_(-20);
  }
};

TEST(LanguageDirections, AreABasisOfTheMeansDifferences) {
  const Texts texts;
  const at::Tensor directions = language_directions(texts.features, texts.languages);
  ASSERT_EQ(directions.sizes(), (at::IntArrayRef{2, kHidden}));
  EXPECT_TRUE(at::allclose(directions.mm(directions.t()), at::eye(2), 1e-5, 1e-5));
  const at::Tensor left = without_directions(texts.features, directions).view({3, kTexts, kHidden}).mean(1);
  EXPECT_LE((left - left.select(0, 0)).abs().max().item<double>(), 1e-4);
}

TEST(LanguageDirections, AHeadOutsideOfThemAnswersOtherLanguagesAsTheOneItLearntFrom) {
  const Texts texts;
  const at::Tensor first = texts.features.narrow(0, 0, kTexts);
  const at::Tensor truth = texts.labels.narrow(0, 0, kTexts);
  ProbeProblem problem;
  problem.num_labels = 2;
  for (std::int64_t i = 0; i < kTexts; ++i) problem.labels.push_back(static_cast<std::int32_t>(truth[i].item<int>()));
  const auto accuracy = [&](const at::Tensor& features) {
    problem.features = features;
    const LinearHead head = solve_probe(problem, 10);
    const at::Tensor logits = at::addmm(head.bias, texts.features, head.weight.t());
    return (logits.argmax(1) == texts.labels).to(at::kDouble).mean().item<double>();
  };
  EXPECT_LT(accuracy(first), 0.9);
  EXPECT_GT(accuracy(without_directions(first, language_directions(texts.features, texts.languages))), 0.98);
}

TEST(LanguageDirections, NeedTextsEnoughOfTwoLanguages) {
  const Texts texts;
  const at::Tensor features = texts.features.narrow(0, 0, kTexts + 9);
  EXPECT_FALSE(language_directions(features, std::span(texts.languages).first(kTexts + 9)).defined());
  EXPECT_FALSE(language_directions(features, std::vector<std::int32_t>(kTexts + 9, -1)).defined());
  const at::Tensor enough = texts.features.narrow(0, 0, kTexts + 10);
  EXPECT_EQ(language_directions(enough, std::span(texts.languages).first(kTexts + 10)).size(0), 1);
  EXPECT_TRUE(without_directions(features, {}).is_same(features));
}

TEST(LanguageDirections, OfManyLanguagesAQuarterOfTheWidthCounts) {
  at::manual_seed(5);
  constexpr std::int64_t kRows = 200;
  const at::Tensor features = at::randn({kRows, kHidden});
  std::vector<std::int32_t> languages;
  languages.reserve(kRows);
  for (std::int32_t i = 0; i < kRows; ++i) languages.push_back(i / 10);
  EXPECT_EQ(language_directions(features, languages).size(0), kHidden / 4);
}

}  // namespace
