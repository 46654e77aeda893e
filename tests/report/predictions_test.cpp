#include "transfer_tune/record/predictions.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

namespace tt::report {
namespace {

using Json = nlohmann::json;

const std::vector<std::string> kLabels{"a", "b", "c", "d"};
const std::vector<double> kProbabilities{0.1, 0.2 + 0.1, 0.3 - 0.1, 0.4};

PredictionRecord bare(std::string_view text) {
  return {.index = {},
          .id = {},
          .text = text,
          .label = {},
          .probabilities = kProbabilities,
          .logits = {},
          .data_sha256 = {}};
}

TEST(PredictionLine, HoldsTheAnswerToTheLastBit) {
  PredictionRecord record = bare("first\nsecond \"quoted\"");
  record.index = 12;
  record.id = "\"row-7\"";
  record.label = "b";
  record.data_sha256 = "5e55";
  const std::string line = prediction_line(record, kLabels);
  EXPECT_EQ(line.size() - 1, line.find('\n')) << "one line, ended";
  EXPECT_TRUE(line.starts_with(
      R"({"index":12,"id":"row-7","text":"first\nsecond \"quoted\"","label":"b","prediction":"d","correct":false,)"))
      << line;
  const Json json = Json::parse(line);
  EXPECT_EQ(0.4, json.at("probability").get<double>());
  EXPECT_EQ(0.2 + 0.1, json.at("label_probability").get<double>());
  ASSERT_EQ(3U, json.at("top3").size());
  EXPECT_EQ("d", json["top3"][0].at("label"));
  EXPECT_EQ("b", json["top3"][1].at("label"));
  EXPECT_EQ("c", json["top3"][2].at("label"));
  EXPECT_EQ(0.2 + 0.1, json["top3"][1].at("probability").get<double>());
  EXPECT_EQ("5e55", json.at("data_sha256"));
  EXPECT_FALSE(json.contains("logits"));
}

TEST(PredictionLine, LeavesOutWhatIsNotThere) {
  EXPECT_TRUE(
      prediction_line(bare("hi"), kLabels).starts_with(R"({"text":"hi","prediction":"d","probability":0.4,"top3":[)"));
  for (const char* key : {"index", "id", "label", "correct", "label_probability", "logits", "data_sha256"}) {
    EXPECT_FALSE(Json::parse(prediction_line(bare("hi"), kLabels)).contains(key)) << key;
  }
}

TEST(PredictionLine, KeepsTheIdAsItIsWritten) {
  for (const char* id : {"1e23", "18446744073709551616", "1.10", "\"\\u00e9\"", "{\"a\": 1}"}) {
    PredictionRecord record = bare("hi");
    record.index = 3;
    record.id = id;
    EXPECT_TRUE(prediction_line(record, kLabels).starts_with(concat(R"({"index":3,"id":)", id, R"(,"text":"hi",)")));
  }
}

TEST(PredictionLine, WithoutAnAnswerThereIsNoPrediction) {
  PredictionRecord record = bare(" ");
  record.index = 3;
  record.probabilities = {};
  EXPECT_EQ(prediction_line(record, kLabels),
            "{\"index\":3,\"text\":\" \",\"prediction\":null,\"probability\":null,\"top3\":[]}\n");
}

TEST(PredictionLine, AddsLogitsByLabel) {
  const std::vector<float> logits{0.1F, -2, 3, 4};
  PredictionRecord record = bare("hi");
  record.logits = logits;
  const Json json = Json::parse(prediction_line(record, kLabels));
  EXPECT_EQ(0.1F, json.at("logits").at("a").get<float>());
  EXPECT_EQ(4U, json.at("logits").size());
}

TEST(PredictionLine, SaysWhenTheLabelIsUnknown) {
  PredictionRecord record = bare("hi");
  record.label = "new";
  const Json json = Json::parse(prediction_line(record, kLabels));
  EXPECT_EQ(false, json.at("correct"));
  EXPECT_TRUE(json.at("label_probability").is_null());
}

TEST(PredictionLine, RefusesCountsThatDoNotFit) {
  PredictionRecord record = bare("hi");
  EXPECT_THROW((void)prediction_line(record, {"a"}), InternalError);
  EXPECT_THROW((void)prediction_line({}, {}), InternalError);
  const std::vector<float> logits{1};
  record.logits = logits;
  EXPECT_THROW((void)prediction_line(record, kLabels), InternalError);
}

}  // namespace
}  // namespace tt::report
