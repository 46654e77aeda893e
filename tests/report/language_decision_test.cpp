#include "transfer_tune/judge/decision.hpp"

#include "support/messages.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "transfer_tune/core/error.hpp"

namespace tt::report {
namespace {

using evaluation::ScopeScore;
using tt::tests::holds;
using tt::tests::message_of;

const std::vector<std::string> kNames{"de", "en", "sw"};

/// Texts of two labels in languages: logits two apart, `right` of four answered rightly.
struct Texts {
  void add(std::int32_t language, std::size_t count, std::size_t right) {
    for (std::size_t i = 0; i < count; ++i) {
      const auto label = static_cast<std::int32_t>(labels.size() % 2);
      const bool second = (label == 1) == (i * 7 % 4 < right);
      labels.push_back(label);
      languages.push_back(language);
      logits.insert(logits.end(), {second ? -1.0F : 1.0F, second ? 1.0F : -1.0F});
    }
  }
  [[nodiscard]] CalibrationReport decide() const {
    CalibrationReport report = choose_temperature(logits, labels, 2, HeldOutSource::validation_split, false);
    choose_language_temperatures(report, logits, labels, 2, {kNames, languages});
    return report;
  }
  std::vector<std::int32_t> labels, languages;
  std::vector<float> logits;
};

TEST(LanguageTemperatures, AreTheirOwnWhereHeldOutTextsSaySo) {
  Texts texts;
  texts.add(1, 400, 4);
  texts.add(0, 80, 2);
  texts.add(1, 4, 0);  // not all, or no temperature fits best
  const CalibrationReport report = texts.decide();
  ASSERT_EQ(2U, report.languages.size()) << "those with texts";
  const LanguageTemperatureReport& weak = report.languages[0];
  EXPECT_EQ("de", weak.language);
  EXPECT_EQ(80, weak.texts);
  EXPECT_TRUE(std::isnan(weak.temperature)) << "at half of two labels none is the best";
  EXPECT_FALSE(weak.used);
  Texts other;
  other.add(1, 400, 4);
  other.add(1, 8, 0);
  other.add(0, 80, 3);
  const CalibrationReport both = other.decide();
  const LanguageTemperatureReport& own = both.languages[0];
  EXPECT_NEAR(2 / std::log(3.0), own.temperature, 1e-9) << "three of four right with logits two apart";
  EXPECT_LT(both.temperature, own.temperature);
  EXPECT_LT(own.own_log_loss, own.log_loss);
  EXPECT_TRUE(own.used);
  EXPECT_TRUE(both.languages[1].used || !std::isnan(both.languages[1].temperature));
}

TEST(LanguageTemperatures, StayThatOfAllWithFewTextsOrWithoutGain) {
  Texts texts;
  texts.add(0, 40, 3);
  texts.add(1, 40, 3);
  texts.add(2, 19, 1);
  const CalibrationReport report = texts.decide();
  for (const LanguageTemperatureReport& language : report.languages) EXPECT_FALSE(language.used) << language.language;
  EXPECT_TRUE(std::isnan(report.languages[2].temperature)) << "nineteen";
  texts.languages.pop_back();
  EXPECT_TRUE(holds(message_of<InternalError>([&] { (void)texts.decide(); }), "98 languages of 99 texts"));
}

TEST(LanguageTemperatures, AreNotLookedForWhereNothingIsKnown) {
  CalibrationReport report;
  const std::vector<std::int32_t> none;
  choose_language_temperatures(report, {}, {}, 2, {kNames, none});
  EXPECT_TRUE(report.languages.empty());
}

/// Energies of texts in scope and out of it, by language.
struct Scores {
  void inside(std::int32_t language, std::size_t count, double from) {
    for (std::size_t i = 0; i < count; ++i) {
      answers.in_scope[ScopeScore::energy].push_back(from + 0.01 * static_cast<double>(i * 37 % count));
      answers.correct.push_back(1);
      in.push_back(language);
    }
  }
  void outside(std::int32_t language, std::size_t count, double from) {
    for (std::size_t i = 0; i < count; ++i) {
      answers.out_of_scope[ScopeScore::energy].push_back(from + 0.01 * static_cast<double>(i * 37 % count));
      out.push_back(language);
    }
  }
  [[nodiscard]] OutOfScopeReport decide() const {
    OutOfScopeReport report = choose_threshold(answers, HeldOutSource::validation_split, false, 0.95);
    choose_language_thresholds(report, answers, {kNames, in}, {kNames, out}, 0.95);
    return report;
  }
  ScopeAnswers answers;
  std::vector<std::int32_t> in, out;
};

TEST(LanguageThresholds, KeepTheirShareWhereThatOfAllDoesNot) {
  Scores scores;
  scores.inside(1, 400, 5);
  scores.inside(0, 60, 2);  // below all of the others
  scores.inside(2, 40, 2);
  const OutOfScopeReport report = scores.decide();
  ASSERT_EQ(3U, report.languages.size());
  EXPECT_TRUE(report.languages[0].used);
  EXPECT_LT(report.languages[0].kept, 0.9);
  EXPECT_LT(report.languages[0].threshold, report.threshold);
  EXPECT_TRUE(report.languages[1].used) << "all of its texts are kept";
  EXPECT_GT(report.languages[1].threshold, report.threshold);
  EXPECT_FALSE(report.languages[2].used) << "forty are too few";
}

TEST(LanguageThresholds, TellBothKindsApartWhereTheyAreThere) {
  Scores scores;
  scores.inside(1, 60, 5);
  scores.outside(1, 60, 3);
  scores.inside(0, 60, 2);
  scores.outside(0, 60, 0);
  scores.inside(2, 60, 2);  // without any out of scope
  const OutOfScopeReport report = scores.decide();
  ASSERT_EQ(3U, report.languages.size());
  EXPECT_FALSE(report.languages[0].used) << "the threshold of all is between its kinds";
  EXPECT_TRUE(report.languages[1].used) << "that of all keeps all of its texts out of scope";
  EXPECT_FALSE(report.languages[2].used) << "none of its texts are out of scope";
  EXPECT_TRUE(std::isnan(report.languages[2].threshold));
  Scores alike;
  for (const std::int32_t language : {0, 1}) {
    alike.inside(language, 60, 5);
    alike.outside(language, 60, 3);
  }
  for (const LanguageThresholdReport& language : alike.decide().languages) EXPECT_FALSE(language.used);
}

TEST(LanguageThresholds, AreWhatTestTextsAreComparedWith) {
  OutOfScopeReport report;
  report.score = ScopeScore::energy;
  report.threshold = 3;
  report.scores = {{.score = ScopeScore::energy, .threshold = 3}};
  ScopeAnswers test;
  test.in_scope[ScopeScore::energy] = {4, 2, 2};
  test.correct = {1, 1, 1};
  test.out_of_scope[ScopeScore::energy] = {3.5, 3.5};
  test.in_scope_raise = {0, -1.5, 0};
  test.out_of_scope_raise = {0, 1};
  measure_scope(report, test, std::vector<OutOfScopeText>{{"first", "a"}, {"second", "a"}});
  EXPECT_DOUBLE_EQ(2.0 / 3, report.scores[0].in_scope_kept);
  EXPECT_DOUBLE_EQ(0.5, report.scores[0].out_of_scope_recall);
  ASSERT_EQ(1U, report.accepted.size());
  EXPECT_EQ("first", report.accepted[0].text);
  EXPECT_DOUBLE_EQ(3.5, report.accepted[0].score) << "as it is";
}

TEST(DecisionFile, HoldsWhatIsKnownOfLanguages) {
  Decision decision;
  decision.temperature = 0.5;
  decision.threshold = 2;
  EXPECT_FALSE(holds(to_json(decision), "language"));
  decision.language_column = "lang";
  decision.languages = {{.language = "de", .training_texts = 3, .temperature = 1.25},
                        {.language = "en", .training_texts = 0, .threshold = 7}};
  const Decision again = read_decision(to_json(decision));
  EXPECT_EQ("lang", again.language_column);
  ASSERT_EQ(2U, again.languages.size());
  const DecisionLanguage* german = find_language(again, "de");
  ASSERT_NE(nullptr, german);
  EXPECT_EQ(3, german->training_texts);
  EXPECT_DOUBLE_EQ(1.25, german->temperature);
  EXPECT_TRUE(std::isnan(german->threshold));
  EXPECT_EQ(nullptr, find_language(again, "sw"));

  decision.languages[0].temperature = -1;
  EXPECT_EQ("/languages: found -1, expected temperatures above 0 or null",
            message_of<CheckpointError>([&] { (void)read_decision(to_json(decision)); }));
}

}  // namespace
}  // namespace tt::report
