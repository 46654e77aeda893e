#include "transfer_tune/evaluation/label_errors.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "evaluation/scores_golden.hpp"
#include "transfer_tune/core/error.hpp"

namespace tt::evaluation {
namespace {

using Json = nlohmann::json;

TEST(LabelErrors, AreThoseThatCleanlabFinds) {
  const Json cases = tests::evaluation_golden("label_errors");
  ASSERT_GE(cases.size(), 7U);
  for (const Json& golden : cases) {
    SCOPED_TRACE(golden.at("name").get<std::string>());
    const Scores scores = tests::scores_of(golden);
    const std::vector<double> thresholds = confident_thresholds(scores);
    const auto theirs = golden.at("thresholds").get<std::vector<double>>();
    ASSERT_EQ(theirs.size(), thresholds.size());
    for (std::size_t k = 0; k < theirs.size(); ++k) EXPECT_NEAR(theirs[k], thresholds[k], 1e-12) << k;
    std::vector<std::int64_t> joint;
    for (const Json& row : golden.at("joint")) {
      for (const Json& count : row) joint.push_back(count.get<std::int64_t>());
    }
    EXPECT_EQ(joint, confident_joint(scores));
    const std::vector<LabelIssue> issues = find_label_issues(scores);
    ASSERT_EQ(golden.at("issues").size(), issues.size());
    for (std::size_t i = 0; i < issues.size(); ++i) {
      EXPECT_EQ(golden.at("issues")[i], issues[i].text) << i;
      EXPECT_EQ(golden.at("suggestions")[i], issues[i].suggestion) << i;
      EXPECT_NEAR(golden.at("scores")[i].get<double>(), issues[i].score, 1e-12) << i;
    }
  }
}

TEST(LabelErrors, NoneAmongTooFewTexts) {
  EXPECT_TRUE(find_label_issues({.num_classes = 3, .labels = {}, .probabilities = {}}).empty());
  // Each is its label's only text, however wrong it looks.
  EXPECT_TRUE(find_label_issues({.num_classes = 2, .labels = {0, 1}, .probabilities = {0, 1, 1, 0}}).empty());
}

TEST(LabelErrors, RefuseWhatDoesNotFit) {
  EXPECT_THROW((void)find_label_issues({.num_classes = 2, .labels = {0, 2}, .probabilities = {1, 0, 1, 0}}),
               InternalError);
  EXPECT_THROW((void)find_label_issues({.num_classes = 2, .labels = {-1}, .probabilities = {1, 0}}), InternalError);
  EXPECT_THROW((void)confident_joint({.num_classes = 2, .labels = {0}, .probabilities = {1}}), InternalError);
}

}  // namespace
}  // namespace tt::evaluation
