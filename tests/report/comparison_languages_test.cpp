#include "support/messages.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "report/sample_comparison.hpp"
#include "transfer_tune/evaluation/significance.hpp"
#include "transfer_tune/render/reports.hpp"

namespace tt::report {
namespace {

using tests::compared;
using tests::sample_arm;
using tt::tests::holds;

/// Of 200 texts the first 100 are English, then 60 German and 40 Swahili.
std::string language_of(std::size_t text) { return text < 100 ? "en" : text < 160 ? "de" : "sw"; }

/// An arm that was trained on `trained`.
ComparedArm arm(const std::string& name, const std::vector<tests::Errors>& errors,
                const std::map<std::string, std::int64_t>& trained) {
  ComparedArm out = sample_arm(name, errors);
  for (FinishedRun& run : out.runs) {
    std::map<std::string, LanguageFigures> figures;
    for (std::size_t i = 0; i < run.answers->correct.size(); ++i) {
      LanguageFigures& own = figures[language_of(i)];
      ++own.texts;
      own.right += run.answers->correct[i];
      run.answers->languages.push_back(language_of(i));
    }
    run.summary.languages = make_languages_report(figures, {.column = "lang", .trained = trained});
  }
  return out;
}

const std::map<std::string, std::int64_t> kEnglish{{"en", 300}};
const std::map<std::string, std::int64_t> kAll{{"en", 100}, {"de", 100}, {"sw", 100}};

TEST(ComparisonByLanguage, HoldsMeansOverLanguages) {
  const ComparisonReport report =
      compared({arm("english", {{100, 60}, {100, 30}}, kEnglish), arm("all", {{0, 10}, {0, 20}}, kAll)});
  const ArmLanguagesReport& english = report.arms[0].languages.value();
  EXPECT_EQ(std::vector<std::string>{"en"}, english.trained_on);
  EXPECT_EQ((std::vector<std::string>{"de", "sw"}), english.not_trained_on);
  EXPECT_DOUBLE_EQ(1, english.trained->mean);
  EXPECT_DOUBLE_EQ((0.5 + 0.75) / 2, english.zero_shot->mean) << "German none and half, Swahili all, of two each";
  EXPECT_FALSE(std::isnan(english.zero_shot->sd));
  EXPECT_FALSE(report.arms[1].languages->zero_shot) << "it was trained on all";
}

TEST(ComparisonByLanguage, TestsThemAsAllTexts) {
  const ComparisonReport report = compared({arm("english", {{100, 60}}, kEnglish), arm("all", {{0, 10}}, kAll)});
  ASSERT_EQ(2U, report.language_pairs.size());
  const LanguagePairReport& unseen = report.language_pairs[0];
  EXPECT_EQ(LanguageGroup::zero_shot, unseen.group);
  EXPECT_EQ((std::vector<std::string>{"de", "sw"}), unseen.languages);
  EXPECT_EQ(100, unseen.texts);
  EXPECT_DOUBLE_EQ(-0.5, unseen.pair.difference) << "German by 1, Swahili by 0";
  EXPECT_DOUBLE_EQ(evaluation::mcnemar_p({0, 60}), unseen.pair.p_mcnemar);
  EXPECT_DOUBLE_EQ(2 * unseen.pair.p_mcnemar, unseen.pair.p_holm) << "of two groups";
  EXPECT_EQ(PairOutcome::b_better, unseen.pair.outcome);
  EXPECT_DOUBLE_EQ(-0.5, unseen.pair.ci95.low) << "texts are drawn within languages";
  const LanguagePairReport& seen = report.language_pairs[1];
  EXPECT_EQ(LanguageGroup::trained, seen.group);
  EXPECT_EQ(std::vector<std::string>{"en"}, seen.languages);
  EXPECT_DOUBLE_EQ(0.1, seen.pair.difference);
  EXPECT_EQ(PairOutcome::a_better, seen.pair.outcome);
  for (const std::string& text : {to_markdown(report), to_html(report), to_text(report)}) {
    EXPECT_TRUE(holds(text, "zero-shot in one or both"));
  }
  EXPECT_TRUE(holds(to_text(report), "2: de, sw"));
  EXPECT_TRUE(holds(to_json(report), "\"group\": \"zero_shot\""));
}

TEST(ComparisonByLanguage, IsLeftOutWhereNothingSaysThem) {
  const ComparisonReport report = compared({arm("english", {{100, 60}}, kEnglish), sample_arm("all", {{0, 10}})});
  EXPECT_TRUE(report.language_pairs.empty());
  EXPECT_FALSE(report.arms[1].languages);
  EXPECT_FALSE(holds(to_markdown(compared({sample_arm("a", {{0, 10}}), sample_arm("b", {{0, 20}})})), "Languages"));
}

}  // namespace
}  // namespace tt::report
