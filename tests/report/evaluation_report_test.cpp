#include "transfer_tune/record/evaluation_report.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "report/sample_report.hpp"
#include "transfer_tune/core/error.hpp"

namespace tt::report {
namespace {

TEST(EvaluationReport, NamesWhatTheNumbersAreAbout) {
  const EvaluationReport report = tests::sample_evaluation();
  EXPECT_EQ(4, report.examples);
  EXPECT_DOUBLE_EQ(0.75, report.accuracy);
  EXPECT_LE(report.accuracy_ci95.low, 0.75);
  EXPECT_GE(report.accuracy_ci95.high, 0.75);
  EXPECT_EQ((std::vector<std::vector<std::int64_t>>{{1, 1}, {0, 2}}), report.confusion);
  ASSERT_EQ(2U, report.per_class.size());
  EXPECT_EQ("top_up", report.per_class[1].label);
  EXPECT_DOUBLE_EQ(2.0 / 3, report.per_class[1].precision);
  EXPECT_EQ(3, report.per_class[1].predicted);
  ASSERT_EQ(1U, report.confused_pairs.size());
  EXPECT_EQ("card_lost", report.confused_pairs[0].label);
  EXPECT_EQ("top_up", report.confused_pairs[0].prediction);
  EXPECT_EQ((std::vector<std::string>{"where did my card go"}), report.confused_pairs[0].texts);
  ASSERT_EQ(1U, report.slices.size());
  EXPECT_EQ("de", report.slices[0].values.at(0).value);
  EXPECT_EQ(3, report.slices[0].values.at(1).count);
}

TEST(EvaluationReport, RefusesNamesOrTextsThatDoNotFit) {
  const EvaluationContext good{.data_path = "",
                               .data_sha256 = "",
                               .labels = {"a", "b"},
                               .texts = {"1", "2", "3", "4"},
                               .slice_columns = {},
                               .slice_values = {}};
  EXPECT_NO_THROW((void)make_evaluation_report(tests::sample_scores(), good));
  EvaluationContext bad = good;
  bad.labels.pop_back();
  EXPECT_THROW((void)make_evaluation_report(tests::sample_scores(), bad), InternalError);
  bad = good;
  bad.texts.pop_back();
  EXPECT_THROW((void)make_evaluation_report(tests::sample_scores(), bad), InternalError);
  bad = good;
  bad.slice_columns = {"language"};
  EXPECT_THROW((void)make_evaluation_report(tests::sample_scores(), bad), InternalError);
}

}  // namespace
}  // namespace tt::report
