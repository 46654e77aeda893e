#include "transfer_tune/judge/comparison.hpp"
#include "support/messages.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <string_view>

#include "report/sample_comparison.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/evaluation/difference.hpp"
#include "transfer_tune/evaluation/significance.hpp"

namespace tt::report {
namespace {

using tests::compared;
using tests::sample_arm;
using tt::tests::holds;

TEST(Comparison, PutsArmsSideBySide) {
  ComparedArm slow = sample_arm("full", {{0, 10}, {0, 20}}, 90);
  slow.runs[1].summary.peak_rss_bytes += 1;
  slow.runs[1].summary.train_seconds = 110;
  slow.runs[1].checkpoint_bytes.reset();
  const ComparisonReport report = compared({slow, sample_arm("frozen", {{0, 40}})});
  ASSERT_EQ(2U, report.arms.size());
  const ArmReport& arm = report.arms[0];
  EXPECT_EQ("full", arm.name);
  EXPECT_EQ(2U, arm.runs.size());
  EXPECT_DOUBLE_EQ(0.925, arm.accuracy.mean);
  EXPECT_NEAR(std::sqrt(0.00125), arm.accuracy.sd, 1e-12);
  EXPECT_EQ((std::vector<double>{0.95, 0.9}), arm.accuracy.per_seed);
  EXPECT_DOUBLE_EQ(0.915, arm.macro_f1.mean);
  EXPECT_DOUBLE_EQ(100, arm.cost.train_seconds);
  EXPECT_EQ(512LL * 1024 * 1024 + 1, arm.cost.peak_rss_bytes);
  EXPECT_EQ(90LL * 1024 * 1024, arm.cost.checkpoint_bytes);
  EXPECT_TRUE(std::isnan(report.arms[1].accuracy.sd)) << "one seed has no spread";
  EXPECT_TRUE(report.failed.empty());
  EXPECT_TRUE(report.warnings.empty());
}

TEST(Comparison, TellsArmsApartWhereTheTextsDo) {
  const ComparisonReport report = compared({sample_arm("frozen", {{0, 40}}, 10), sample_arm("full", {{0, 20}}, 90)});
  ASSERT_EQ(1U, report.pairs.size());
  const PairReport& pair = report.pairs[0];
  EXPECT_EQ("frozen", pair.a);
  EXPECT_DOUBLE_EQ(-0.1, pair.difference);
  EXPECT_TRUE(pair.paired);
  EXPECT_DOUBLE_EQ(evaluation::mcnemar_p({0, 20}), pair.p_mcnemar);
  EXPECT_DOUBLE_EQ(pair.p_mcnemar, pair.p_holm);
  EXPECT_EQ(PairOutcome::b_better, pair.outcome);
  EXPECT_LT(pair.ci95.high, 0);
  ASSERT_EQ(1U, pair.tests.size());
  EXPECT_EQ(20, pair.tests[0].only_b);
  EXPECT_EQ("paired over 200 texts; significant", pair.reason);
  EXPECT_TRUE(report.verdict.starts_with("full beats frozen by 10.0 points (95% 6.")) << report.verdict;
  EXPECT_TRUE(holds(report.verdict, "), at 9.0 times the training time. Ship full. One seed each: "));
  EXPECT_EQ("full", report.recommended);
}

TEST(Comparison, RecommendsTheCheaperOfTwoThatCannotBeToldApart) {
  const ComparisonReport report = compared({sample_arm("full", {{0, 20}}, 90), sample_arm("frozen", {{14, 22}}, 10)});
  EXPECT_EQ(PairOutcome::undecided, report.pairs[0].outcome);
  EXPECT_EQ("paired over 200 texts; chance could have done it", report.pairs[0].reason);
  EXPECT_TRUE(
      report.verdict.starts_with("No difference can be told apart: full and frozen differ by 1.0 points (95% -"))
      << report.verdict;
  EXPECT_TRUE(holds(report.verdict, "p 0.8"));
  EXPECT_TRUE(holds(report.verdict, "Ship frozen, the cheaper: 10.0 s of training instead of 90.0 s."));
  EXPECT_EQ("frozen", report.recommended);
}

TEST(Comparison, ShipsTheBestWhereNoOtherIsCheaper) {
  const ComparisonReport report = compared({sample_arm("full", {{0, 20}}, 10), sample_arm("frozen", {{14, 22}}, 90)});
  EXPECT_TRUE(holds(report.verdict, "Ship full: no other is cheaper to train."));
}

TEST(Comparison, SaysTooFewRatherThanATinyP) {
  const ComparisonReport three = compared({sample_arm("full", {{0, 0, 3}}), sample_arm("frozen", {{0, 3, 3}})});
  const PairReport& pair = three.pairs[0];
  EXPECT_EQ(PairOutcome::too_few, pair.outcome);
  EXPECT_TRUE(std::isnan(pair.p_mcnemar) && std::isnan(pair.p_holm) && std::isnan(pair.tests[0].p));
  EXPECT_TRUE(std::isnan(pair.ci95.low)) << "resamples of three texts would all say 100 points";
  EXPECT_EQ("too few: only 3 of 3 texts were answered rightly by one of the two alone", pair.reason);
  EXPECT_TRUE(holds(three.verdict, "full and frozen: too few: only 3 of 3 texts"));
  EXPECT_TRUE(holds(three.verdict, "Test on more texts before choosing."));
  EXPECT_FALSE(holds(three.verdict, "beats"));
  EXPECT_FALSE(three.recommended.has_value());

  const ComparisonReport five = compared({sample_arm("full", {{0, 0}}), sample_arm("frozen", {{0, 5}})});
  EXPECT_EQ(PairOutcome::too_few, five.pairs[0].outcome);
  const ComparisonReport six = compared({sample_arm("full", {{0, 0}}), sample_arm("frozen", {{0, 6}})});
  EXPECT_EQ(PairOutcome::a_better, six.pairs[0].outcome);
}

TEST(Comparison, CountsTheScantestSeed) {
  const ComparisonReport report = compared({sample_arm("a", {{0, 0}, {0, 0}}), sample_arm("b", {{0, 20}, {0, 1}})});
  EXPECT_EQ(PairOutcome::too_few, report.pairs[0].outcome);
  EXPECT_EQ("too few: in one seed only 1 of 200 texts was answered rightly by one of the two alone",
            report.pairs[0].reason);
  EXPECT_FALSE(std::isnan(report.pairs[0].ci95.low)) << "the other seed's texts carry an interval";
}

TEST(Comparison, CallsArmsAlikeWhereNextToNothingOfMuchDiffers) {
  const ComparisonReport report =
      compared({sample_arm("full", {{0, 20, 1000}}, 90), sample_arm("frozen", {{0, 21, 1000}}, 10)});
  EXPECT_EQ(PairOutcome::too_few, report.pairs[0].outcome);
  EXPECT_TRUE(holds(report.verdict, "(practically alike)"));
  EXPECT_EQ("frozen", report.recommended);
  const ComparisonReport same = compared({sample_arm("full", {{0, 20}}), sample_arm("frozen", {{0, 20}})});
  EXPECT_EQ("too few: no text of 200 was answered rightly by one of the two alone", same.pairs[0].reason);
  const ComparisonReport seeds =
      compared({sample_arm("full", {{0, 20}, {0, 9}}), sample_arm("frozen", {{0, 20}, {0, 9}})});
  EXPECT_EQ("too few: in every seed no text of 200 was answered rightly by one of the two alone",
            seeds.pairs[0].reason);
}

TEST(Comparison, ClaimsWithSeveralSeedsOnlyWhatHoldsInEach) {
  const ComparisonReport agree =
      compared({sample_arm("a", {{0, 0}, {0, 1}, {0, 2}}), sample_arm("b", {{0, 30}, {0, 25}, {0, 20}})});
  EXPECT_EQ(PairOutcome::a_better, agree.pairs[0].outcome);
  EXPECT_EQ("paired over 200 texts and 3 pairs of runs; significant in every one", agree.pairs[0].reason);
  EXPECT_DOUBLE_EQ(evaluation::mcnemar_p({18, 0}), agree.pairs[0].p_mcnemar);
  EXPECT_FALSE(holds(agree.verdict, "One seed"));

  const ComparisonReport opposed = compared({sample_arm("a", {{0, 0}, {0, 30}}), sample_arm("b", {{0, 30}, {0, 10}})});
  EXPECT_EQ(1, opposed.pairs[0].p_mcnemar);
  EXPECT_EQ(PairOutcome::undecided, opposed.pairs[0].outcome);

  const ComparisonReport mixed = compared({sample_arm("a", {{0, 0}, {0, 0}}), sample_arm("b", {{0, 30}})});
  EXPECT_TRUE(holds(mixed.verdict, "One seed of b: "));
}

TEST(Comparison, NeedsTheIntervalToAgreeWithTheTests) {
  // The seed in common favours b by far, a's other seed outweighs it.
  const ComparisonReport report = compared({sample_arm("a", {{0, 40}, {0, 0}, {0, 0}}), sample_arm("b", {{10, 20}})});
  EXPECT_LT(report.pairs[0].p_holm, 0.05);
  EXPECT_GT(report.pairs[0].difference, 0);
  EXPECT_EQ(PairOutcome::undecided, report.pairs[0].outcome);
  EXPECT_TRUE(holds(report.verdict, report.pairs[0].reason));
  EXPECT_FALSE(holds(report.verdict, ", p ")) << "a significant p beside no claim: " << report.verdict;
}

TEST(Comparison, NeedsTheSeedsInCommonToLeanAsTheMeansDo) {
  std::vector<tests::Errors> errors(20);
  errors[0].wrong = 40;
  const ComparisonReport report = compared({sample_arm("a", errors), sample_arm("b", {{10, 20}})});
  EXPECT_GT(report.pairs[0].ci95.low, 0);
  EXPECT_GT(report.pairs[0].tests.at(0).only_b, report.pairs[0].tests.at(0).only_a);
  EXPECT_EQ(PairOutcome::undecided, report.pairs[0].outcome);
}

TEST(Comparison, CorrectsOverAllPairs) {
  const ComparisonReport report =
      compared({sample_arm("a", {{0, 0}}), sample_arm("b", {{0, 12}}), sample_arm("c", {{0, 40}})});
  ASSERT_EQ(3U, report.pairs.size());
  EXPECT_DOUBLE_EQ(3 * report.pairs[1].p_mcnemar, report.pairs[1].p_holm);
  EXPECT_DOUBLE_EQ(report.pairs[0].p_mcnemar, report.pairs[0].p_holm);
  EXPECT_TRUE(report.verdict.starts_with("a beats b by 6.0 points (95% ")) << report.verdict;
  EXPECT_TRUE(holds(report.verdict, "; c by 20.0 points (95% "));
}

TEST(Comparison, WithoutAnswersGoesByTheInterval) {
  ComparedArm bare = sample_arm("bare", {{0, 60}});
  bare.runs[0].answers.reset();
  bare.runs[0].no_answers = "bare/predictions.jsonl: cannot open";
  const ComparisonReport report = compared({sample_arm("full", {{0, 10}}), bare});
  const PairReport& pair = report.pairs[0];
  EXPECT_FALSE(pair.paired);
  EXPECT_TRUE(std::isnan(pair.p_mcnemar) && std::isnan(pair.p_holm));
  EXPECT_TRUE(pair.tests.empty());
  EXPECT_EQ(PairOutcome::a_better, pair.outcome);
  const auto expected = evaluation::newcombe_difference_ci95({0.95, 200}, {0.7, 200});
  EXPECT_DOUBLE_EQ(expected.low, pair.ci95.low);
  EXPECT_EQ("not paired, compared by the interval alone: bare/predictions.jsonl: cannot open", pair.reason);
  EXPECT_TRUE(holds(report.verdict, "), not paired"));
  EXPECT_EQ((std::vector<std::string>{"bare: bare/predictions.jsonl: cannot open"}), report.warnings);
}

TEST(Comparison, OnOtherTextsClaimsNothing) {
  ComparedArm elsewhere = sample_arm("elsewhere", {{0, 100}});
  elsewhere.runs[0].summary.data_sha256 = "0123";
  const ComparisonReport report = compared({sample_arm("full", {{0, 10}}), elsewhere});
  EXPECT_EQ(PairOutcome::not_comparable, report.pairs[0].outcome);
  EXPECT_FALSE(std::isnan(report.pairs[0].ci95.low));
  EXPECT_EQ("not paired: they were measured on different files; the difference may lie in the texts",
            report.pairs[0].reason);
  EXPECT_TRUE(report.verdict.starts_with("The arms were measured on different texts")) << report.verdict;
  EXPECT_FALSE(report.recommended.has_value());

  const ComparisonReport three = compared({elsewhere, sample_arm("full", {{0, 10}}), sample_arm("frozen", {{0, 30}})});
  EXPECT_TRUE(three.verdict.starts_with("full beats frozen by ")) << three.verdict;
  EXPECT_TRUE(holds(three.verdict, "Not judged, for it was measured on other texts: elsewhere."));

  ComparedArm beside = sample_arm("beside", {{0, 20}});
  beside.runs[0].summary.data_sha256 = "0123";
  const ComparisonReport halves =
      compared({sample_arm("full", {{0, 10}}), sample_arm("frozen", {{0, 30}}), elsewhere, beside});
  EXPECT_TRUE(halves.verdict.starts_with("full beats frozen by ")) << "of equal groups the first: " << halves.verdict;
}

TEST(Comparison, PairsOnlyTheSameTextsWithTheSameLabels) {
  const ComparedArm full = sample_arm("full", {{0, 10}});
  EXPECT_TRUE(holds(compared({full, sample_arm("short", {{0, 10, 150}})}).pairs[0].reason,
                    "they were measured on 200 and 150 texts of the same file"));
  ComparedArm relabelled = sample_arm("relabelled", {{0, 10}});
  relabelled.runs[0].answers->labels[3] = "other";
  EXPECT_EQ(PairOutcome::not_comparable, compared({full, relabelled}).pairs[0].outcome);
  ComparedArm moved = sample_arm("moved", {{0, 10}});
  moved.runs[0].answers->indexes[3] = 999;
  EXPECT_EQ(PairOutcome::not_comparable, compared({full, moved}).pairs[0].outcome);
}

TEST(Comparison, LeavesOutRunsThatAreNoFurtherSeed) {
  ComparedArm arm = sample_arm("full", {{0, 10}, {0, 11}, {0, 12}});
  arm.runs[1].summary.seed = arm.runs[0].summary.seed;
  arm.runs[2].summary.data_sha256 = "0123";
  const ComparisonReport report = compared({arm, sample_arm("frozen", {{0, 40}})});
  EXPECT_EQ(1U, report.arms[0].runs.size());
  ASSERT_EQ(2U, report.failed.size());
  EXPECT_EQ("/runs/full1", report.failed[0].directory);
  EXPECT_TRUE(holds(report.failed[0].reason, "its seed, 1, is that of /runs/full0"));
  EXPECT_TRUE(holds(report.failed[1].reason, "measured on other texts than /runs/full0"));
}

TEST(Comparison, NeedsTwoUsableArms) {
  EXPECT_EQ("a comparison needs two usable arms, found 1\n  /runs/gone: report.json: cannot open",
            tt::tests::message_of<DataError>([&] {
              (void)make_comparison({sample_arm("full", {{0, 10}}), {.name = "gone", .runs = {}}},
                                    {{"gone", "/runs/gone", "report.json: cannot open"}}, {});
            }));
  EXPECT_THROW((void)compared({}), DataError);
}

TEST(Comparison, WarnsOfWhatIsNotAlike) {
  ComparedArm mixed = sample_arm("mixed", {{0, 10}, {0, 11}});
  mixed.runs[1].summary.policy = "frozen";
  mixed.runs[1].summary.machine = "cuda:0, bf16, 2 threads, AVX2";
  ComparedArm folds = sample_arm("folds", {{0, 30}});
  folds.runs[0].summary.cross_validated = true;
  const ComparisonReport report = compared({mixed, folds});
  ASSERT_EQ(3U, report.warnings.size());
  EXPECT_TRUE(holds(report.warnings[0], "mixed: its runs differ in more than the seed"));
  EXPECT_TRUE(holds(report.warnings[1], "folds: its figures are cross-validated"));
  EXPECT_TRUE(holds(report.warnings[2], "cpu, fp32, 2 threads, AVX2; cuda:0, bf16"));
}

}  // namespace
}  // namespace tt::report
