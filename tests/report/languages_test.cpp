#include "transfer_tune/record/language_report.hpp"

#include "support/messages.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "report/sample_report.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/evaluation/significance.hpp"
#include "transfer_tune/render/reports.hpp"

namespace tt::report {
namespace {

using tt::tests::holds;
using Figures = std::map<std::string, LanguageFigures>;

LanguageFigures right_of(std::size_t right, std::size_t texts) {
  return {.texts = texts, .right = right, .macro_f1 = static_cast<double>(right) / static_cast<double>(texts)};
}

const LanguageReport& of(const LanguagesReport& report, const std::string& language) {
  return *std::ranges::find(report.by_language, language, &LanguageReport::language);
}

TEST(Languages, MeansCountEachTheSame) {
  const LanguagesReport report =
      make_languages_report({{"en", right_of(950, 1000)}, {"de", right_of(8, 10)}, {"sw", right_of(10, 20)}},
                            {.column = "lang", .trained = {{{"en", 300}, {"fr", 7}}}, .unlabelled = {{{"sw", 4}}}});
  EXPECT_EQ(3, report.mean.languages);
  EXPECT_EQ(1030, report.mean.texts);
  EXPECT_DOUBLE_EQ((0.95 + 0.8 + 0.5) / 3, report.mean.accuracy);
  EXPECT_DOUBLE_EQ((0.95 + 0.8 + 0.5) / 3, report.mean.macro_f1);
  ASSERT_TRUE(report.trained && report.zero_shot);
  EXPECT_EQ(1, report.trained->languages);
  EXPECT_DOUBLE_EQ(0.95, report.trained->accuracy);
  EXPECT_EQ(2, report.zero_shot->languages);
  EXPECT_DOUBLE_EQ(0.65, report.zero_shot->accuracy);
  EXPECT_LT(report.zero_shot->accuracy_ci95.low, 0.5);
  EXPECT_GT(report.zero_shot->accuracy_ci95.high, 0.7);
  EXPECT_EQ("de", report.by_language[0].language) << "sorted";
  EXPECT_EQ(300, of(report, "en").trained_texts);
  EXPECT_EQ(0, of(report, "de").trained_texts);
  EXPECT_EQ(4, of(report, "sw").unlabelled_texts);
}

TEST(Languages, WhatWasTrainedOnMayNotBeKnown) {
  const LanguagesReport report = make_languages_report({{"en", right_of(9, 10)}}, {.column = "lang"});
  EXPECT_FALSE(report.trained);
  EXPECT_FALSE(report.zero_shot);
  EXPECT_FALSE(report.by_language[0].trained_texts);
  EXPECT_TRUE(std::isnan(report.by_language[0].difference)) << "there are no others";
  EXPECT_FALSE(report.by_language[0].weak);
  EXPECT_TRUE(make_languages_report({}, {.column = "lang"}).by_language.empty());
}

TEST(Languages, AreWeakByAPointOrMoreAndBeyondChance) {
  const LanguagesReport report = make_languages_report(
      {{"en", right_of(450, 500)}, {"de", right_of(440, 500)}, {"sw", right_of(350, 500)}, {"xx", right_of(1, 3)}},
      {.column = "lang"});
  EXPECT_TRUE(of(report, "sw").weak);
  EXPECT_FALSE(of(report, "en").weak) << "it is better";
  EXPECT_FALSE(of(report, "xx").weak) << "three texts may be chance";
  EXPECT_DOUBLE_EQ(0.7 - 891.0 / 1003, of(report, "sw").difference);
  EXPECT_DOUBLE_EQ(evaluation::fisher_p({350, 500}, {891, 1003}), of(report, "sw").p);
  EXPECT_DOUBLE_EQ(4 * of(report, "sw").p, of(report, "sw").p_holm) << "the smallest of four";
  // Half a point of very many texts is beyond chance, and does not matter.
  const LanguagesReport many =
      make_languages_report({{"en", right_of(190000, 200000)}, {"de", right_of(189000, 200000)}}, {.column = "lang"});
  EXPECT_LT(of(many, "de").p_holm, 0.05);
  EXPECT_FALSE(of(many, "de").weak);
}

TEST(Languages, StandInEveryReport) {
  const RunReport report = tests::sample_run();
  for (const std::string& text : {to_markdown(report), to_markdown(*report.target.test), to_html(report, "")}) {
    EXPECT_TRUE(holds(text, "not in training (zero-shot)"));
    EXPECT_TRUE(holds(text, "No language is weak."));
  }
  EXPECT_TRUE(holds(to_html(report, ""), "2 languages</"));
  EXPECT_TRUE(holds(to_markdown(report), "1 language has a temperature of its own."));
  EXPECT_TRUE(holds(to_markdown(report), "1 language has a threshold of its own."));
  EXPECT_TRUE(holds(to_markdown(report), "4 texts of the training file in others did not train"));
}

TEST(Languages, ManyEndInATableThatCanBeRead) {
  EvaluationReport report = tests::sample_evaluation();
  Figures figures;
  for (int i = 0; i < 1000; ++i) figures[concat("l", i)] = right_of(static_cast<std::size_t>(i % 10), 10);
  report.languages = make_languages_report(figures, {.column = "lang"});
  EXPECT_NEAR(0.45, report.languages->mean.accuracy, 1e-9);
  const std::string text = to_markdown(report);
  EXPECT_TRUE(holds(text, "950 more languages are in the JSON report."));
  EXPECT_LT(std::ranges::count(text, '\n'), 200);
}

}  // namespace
}  // namespace tt::report
