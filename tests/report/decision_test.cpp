#include "support/messages.hpp"
#include "transfer_tune/record/decision_report.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "report/sample_report.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/judge/decision.hpp"
#include "transfer_tune/render/reports.hpp"

namespace tt::report {
namespace {

using evaluation::ScopeScore;
using Json = nlohmann::json;
using tt::tests::holds;

/// `count` texts of two labels, every fourth of which is answered wrongly, logits ±1.
struct HeldOutTexts {
  explicit HeldOutTexts(std::size_t count, bool any_wrong = true) {
    for (std::size_t i = 0; i < count; ++i) {
      labels.push_back(static_cast<std::int32_t>(i % 2));
      const bool right = !any_wrong || i % 4 != 0;
      const bool second = (labels.back() == 1) == right;
      logits.insert(logits.end(), {second ? -1.0F : 1.0F, second ? 1.0F : -1.0F});
    }
  }
  std::vector<std::int32_t> labels;
  std::vector<float> logits;
};

TEST(Temperature, IsThatOfTheHeldOutTexts) {
  const HeldOutTexts texts(40);
  const CalibrationReport report =
      choose_temperature(texts.logits, texts.labels, 2, HeldOutSource::validation_split, true);
  // Three of four right with logits two apart: 3/4 = 1 / (1 + exp(-2 / T)).
  EXPECT_NEAR(2 / std::log(3.0), report.temperature, 1e-9);
  EXPECT_EQ(HeldOutSource::validation_split, report.fitted_on);
  EXPECT_EQ(40, report.texts);
  EXPECT_TRUE(report.before_refit);
  EXPECT_EQ(
      "The temperature was fitted on 40 texts held out of the training file, answered by the model before it was "
      "trained again on all texts.",
      report.reason);
  EXPECT_FALSE(report.before);
}

TEST(Temperature, IsOneWhereNoneCanBeTold) {
  const auto reason = [](const HeldOutTexts& texts) {
    const CalibrationReport report =
        choose_temperature(texts.logits, texts.labels, 2, HeldOutSource::validation_file, false);
    EXPECT_EQ(1, report.temperature);
    EXPECT_EQ(HeldOutSource::none, report.fitted_on);
    EXPECT_EQ(0, report.texts);
    return report.reason;
  };
  EXPECT_EQ("The temperature is 1: no texts were held out to fit it on.", reason(HeldOutTexts(0)));
  EXPECT_EQ("The temperature is 1: too few texts to fit it on (the 9 texts of the validation file).",
            reason(HeldOutTexts(9)));
  EXPECT_TRUE(holds(reason(HeldOutTexts(40, false)), "no other fits best"));
}

TEST(Calibration, HasFiguresOfTextsAlone) {
  EXPECT_FALSE(calibration_figures({2, {}, {}}));
  const auto figures = calibration_figures(tests::sample_scores());
  ASSERT_TRUE(figures);
  EXPECT_EQ(15U, figures->bins.size());
  EXPECT_GT(figures->brier, 0);
  EXPECT_EQ(tests::sample_evaluation().ece, figures->ece);
}

/// In-scope scores 1 … `in_scope`, out-of-scope ones 0.5 apart below `top`, for each score that `computed` names.
ScopeAnswers answers(std::size_t in_scope, std::size_t out_of_scope, double top,
                     const std::vector<ScopeScore>& computed) {
  ScopeAnswers out;
  out.correct.assign(in_scope, 1);
  for (const ScopeScore score : computed) {
    for (std::size_t i = 0; i < in_scope; ++i) out.in_scope[score].push_back(static_cast<double>(i + 1));
    for (std::size_t i = 0; i < out_of_scope; ++i) {
      out.out_of_scope[score].push_back(top - 0.5 * static_cast<double>(i));
    }
  }
  return out;
}

const std::vector<ScopeScore> kAll{ScopeScore::max_probability, ScopeScore::energy, ScopeScore::mahalanobis,
                                   ScopeScore::knn};

TEST(Threshold, IsChosenWithTheScoreThatSeparatesBest) {
  ScopeAnswers held_out = answers(20, 10, 15, kAll);
  held_out.out_of_scope[ScopeScore::mahalanobis].assign(10, 0.0);
  held_out.out_of_scope[ScopeScore::knn].assign(10, -1.0);
  const OutOfScopeReport report = choose_threshold(held_out, HeldOutSource::validation_file, false, 0.95);
  EXPECT_EQ(ScopeScore::mahalanobis, report.score) << "the first of the two best";
  EXPECT_EQ(0.5, report.threshold);
  ASSERT_EQ(4U, report.scores.size());
  EXPECT_EQ(1.0, report.scores[2].validation_auroc);
  EXPECT_EQ(-1 + 0.5 * (1 - -1), report.scores[3].threshold);
  EXPECT_LT(report.scores[0].validation_auroc, 0.7);
  EXPECT_EQ(20, report.validation_in_scope);
  EXPECT_EQ(10, report.validation_out_of_scope);
  EXPECT_EQ("Score and threshold were chosen on 10 texts out of scope and the 20 texts of the validation file.",
            report.reason);
}

TEST(Threshold, KeepsAShareWhereTooFewTextsAreOutOfScope) {
  const OutOfScopeReport report = choose_threshold(answers(101, 9, 0, kAll), HeldOutSource::out_of_fold, false, 0.9);
  EXPECT_NEAR(11, report.threshold, 1e-9);
  EXPECT_EQ(1.0, report.scores[0].validation_auroc);
  EXPECT_TRUE(holds(report.reason, "keeps 90.0% of 101 training texts, each answered by a model"));
  EXPECT_TRUE(holds(report.reason, "the 9 out-of-scope ones are too few"));
}

TEST(Threshold, ListsTheScoresThatWereComputed) {
  const OutOfScopeReport report = choose_threshold(answers(10, 0, 0, {ScopeScore::max_probability, ScopeScore::energy}),
                                                   HeldOutSource::validation_split, true, 0.95);
  ASSERT_EQ(2U, report.scores.size());
  EXPECT_TRUE(std::isnan(report.scores[1].validation_auroc));
  EXPECT_TRUE(holds(report.reason, "there were no out-of-scope texts"));
}

TEST(Threshold, RejectsNothingWithoutHeldOutTexts) {
  OutOfScopeReport report = choose_threshold(answers(0, 30, 3, kAll), HeldOutSource::out_of_fold, false, 0.95);
  EXPECT_TRUE(std::isnan(report.threshold));
  EXPECT_EQ(HeldOutSource::none, report.chosen_on);
  EXPECT_TRUE(holds(report.reason, "Nothing is rejected"));
  // Test texts tell how well the scores would separate all the same.
  const ScopeAnswers test = answers(4, 2, 0, kAll);
  measure_scope(report, test, std::vector<OutOfScopeText>{{"a", "x"}, {"b", "y"}});
  EXPECT_EQ(1.0, report.scores[3].auroc);
  EXPECT_EQ(1.0, report.scores[3].in_scope_kept);
  EXPECT_EQ(0.0, report.scores[3].out_of_scope_recall);
  EXPECT_EQ(2U, report.accepted.size());
}

TEST(OutOfScope, IsMeasuredOnTestTexts) {
  const OutOfScopeReport report = tests::sample_out_of_scope();
  const ScopeScoreReport& chosen = chosen_score(report);
  EXPECT_EQ(ScopeScore::energy, chosen.score);
  EXPECT_NEAR(2.545, report.threshold, 1e-12) << "midway between 1.09 and 4";
  EXPECT_EQ(0.75, chosen.auroc);
  EXPECT_EQ(0.75, chosen.out_of_scope_recall);
  EXPECT_EQ(1.0, chosen.in_scope_kept);
  EXPECT_EQ(0.75, chosen.in_scope_accuracy) << "the last is kept, but wrong";
  EXPECT_EQ(4, report.test_in_scope);
  EXPECT_EQ(4, report.test_out_of_scope);
  ASSERT_EQ(1U, report.accepted.size());
  EXPECT_EQ("sing <b>me</b> a song", report.accepted[0].text);
  EXPECT_EQ("top_up", report.accepted[0].prediction);
  EXPECT_EQ(5, report.accepted[0].score);
  std::int64_t inside = 0;
  std::int64_t outside = 0;
  for (const ScopeBinReport& bin : report.histogram) {
    inside += bin.in_scope;
    outside += bin.out_of_scope;
  }
  EXPECT_EQ(4, inside);
  EXPECT_EQ(4, outside);
}

TEST(OutOfScope, HasNoFiguresOfTextsThatAreMissing) {
  OutOfScopeReport report = choose_threshold(answers(20, 0, 0, kAll), HeldOutSource::validation_file, false, 0.5);
  measure_scope(report, answers(0, 0, 0, kAll), {});
  EXPECT_TRUE(std::isnan(chosen_score(report).auroc));
  EXPECT_TRUE(std::isnan(chosen_score(report).in_scope_kept));
  EXPECT_TRUE(std::isnan(chosen_score(report).out_of_scope_recall));
  EXPECT_TRUE(report.histogram.empty());
}

TEST(OutOfScope, IsToldInMarkdownWithNothingUnescaped) {
  const std::string text = to_markdown(tests::sample_run());
  EXPECT_TRUE(holds(text, "## Calibration\n\nProbabilities are softmax(logits / 0.750)."));
  EXPECT_TRUE(holds(text, "## Out of scope\n\nScore and threshold were chosen on 10 texts out of scope"));
  EXPECT_TRUE(holds(text, "100.0% of 4 texts in scope are kept and 75.0% of 4 texts out of scope rejected."));
  EXPECT_TRUE(holds(text, "| **energy** | 0.900 | 0.750 |"));
  EXPECT_TRUE(holds(text, "sing &lt;b&gt;me&lt;/b&gt; a song"));
  RunReport plain = tests::sample_run();
  plain.calibration.reset();
  plain.out_of_scope.reset();
  EXPECT_FALSE(holds(to_markdown(plain), "## Calibration"));
  EXPECT_FALSE(holds(to_markdown(plain), "## Out of scope"));
}

Decision sample_decision() {
  Decision decision;
  decision.temperature = 0.1 + 0.2;
  decision.temperature_reason = "Fitted.";
  decision.score = ScopeScore::knn;
  decision.threshold = 0.25;
  decision.threshold_reason = "Chosen.";
  decision.neighbours = 5;
  return decision;
}

TEST(DecisionFile, SurvivesItsWayThroughTheCheckpoint) {
  EXPECT_EQ(to_json(sample_decision()), to_json(read_decision(to_json(sample_decision()))));
  EXPECT_EQ(to_json(Decision{}), to_json(read_decision(to_json(Decision{}))));
  EXPECT_TRUE(std::isnan(read_decision(to_json(Decision{})).threshold));
}

TEST(DecisionFile, IsRefusedWhereItCannotBeUsed) {
  const auto refusal = [](const char* name, const Json& value) -> std::string {
    Json json = Json::parse(to_json(sample_decision()));
    json[name] = value;
    return tt::tests::message_of<CheckpointError>([&] { (void)read_decision(json.dump()); });
  };
  EXPECT_EQ("", refusal("temperature", 2));
  EXPECT_EQ("", refusal("threshold", nullptr));
  EXPECT_EQ("/temperature: found 0, expected a number above 0", refusal("temperature", 0));
  EXPECT_TRUE(holds(refusal("temperature", nullptr), "/temperature: found –")) << refusal("temperature", nullptr);
  EXPECT_TRUE(holds(refusal("temperature", "warm"), "/temperature: found string"));
  EXPECT_TRUE(holds(refusal("score", "margin"), "expected one of max_probability, energy, mahalanobis, knn"));
  EXPECT_EQ("/neighbours: found 0, expected at least 1", refusal("neighbours", 0));
  EXPECT_EQ("/neighbours: found 5, expected 0 for this score", refusal("score", "energy"));
  EXPECT_THROW((void)read_decision("{"), CheckpointError);
  EXPECT_THROW((void)read_decision("[]"), CheckpointError);
}

}  // namespace
}  // namespace tt::report
