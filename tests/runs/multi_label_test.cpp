#include "runs/workshop.hpp"
#include "transfer_tune/core/files.hpp"

#include <gtest/gtest.h>

namespace {

using namespace tt;
using tests::error_of;
using tests::holds;
using tests::Json;
using tests::Workshop;

/// Micro F1 of giving every text both labels.
constexpr double kByGivingAll = 2.0 / 3;

/// Texts of one intent, of two at once and of none.
std::string sets(int copies, const std::string& ending) {
  std::string out;
  const auto add = [&](const std::string& text, const Json& labels) {
    out +=
        Json{{"text", text + " " + ending}, {"intents", labels}, {"channel", copies % 2 == 0 ? "app" : "web"}}.dump() +
        "\n";
  };
  for (; copies > 0; --copies) {
    const std::string opening = copies % 3 == 0 ? "please " : copies % 3 == 1 ? "now " : "help ";
    add(opening + "my card is lost", {"card_lost"});
    add(opening + "what is my account balance", {"balance"});
    add(opening + "my card is lost what is my account balance", {"card_lost", "balance"});
    add(opening + "send money to a friend", Json::array());
  }
  return out;
}

Json config_of(const Workshop& shop, const std::string& policy) {
  shop.write("sets.jsonl", sets(9, "please"));
  shop.write("others.jsonl", sets(3, "now"));
  Json config = Workshop::held_out_config(policy);
  config["target"]["train"] = "sets.jsonl";
  config["target"]["test"] = "others.jsonl";
  config["target"]["label_column"] = "intents";
  config["evaluation"]["slice_by"] = {"channel"};
  return config;
}

void expect_learned(const Workshop& shop, const Json& report) {
  const Json& test = report.at("test");
  EXPECT_GT(test.at("micro_f1").get<double>(), kByGivingAll);
  EXPECT_TRUE(test.at("confusion").empty());
  EXPECT_EQ(test.at("multi_label").at("per_label").size(), 2U);
  EXPECT_EQ(test.at("per_class")[0].at("support"), 6);
  EXPECT_EQ(test.at("slices")[0].at("values").size(), 2U);
  EXPECT_EQ(report.at("thresholds").at("chosen_on"), "out_of_fold");
  EXPECT_EQ(report.at("training").at("objective").at("type"), "binary_cross_entropy");
  EXPECT_TRUE(report.at("baselines").at("majority").is_null());
  const std::vector<Json> lines = shop.predictions();
  ASSERT_EQ(lines.size(), 12U);
  EXPECT_EQ(lines[2].at("labels"), (Json{"card_lost", "balance"}));
  EXPECT_TRUE(lines[2].at("predictions").is_array());
  EXPECT_FALSE(lines[2].contains("prediction"));
}

TEST(MultiLabel, AFrozenRunLearnsSetsAndItsCheckpointAnswersThem) {
  const Workshop shop;
  const Json config = config_of(shop, "frozen");
  expect_learned(shop, shop.adapt(config));
  const Json written = Json::parse(shop.read("out/checkpoint/0_Transformer/config.json"));
  EXPECT_EQ(written.at("problem_type"), "multi_label_classification");
  runs::Predictor predictor = shop.predictor();
  ASSERT_EQ(predictor.thresholds().size(), 2U);
  const std::vector<Json> lines = shop.predictions();
  const std::string text = lines[2].at("text").get<std::string>();
  const runs::Prediction again = predictor.predict({text}).front();
  for (const Json& given : lines[2].at("predictions")) {
    const auto id = static_cast<std::size_t>(given.at("label") == "card_lost");  // balance, card_lost
    EXPECT_NEAR(again.probabilities[id], given.at("probability").get<double>(), 1e-5);
    EXPECT_GE(again.probabilities[id], predictor.thresholds()[id]);
  }
  runs::EvaluateOptions options;
  options.model.checkpoint = shop.path() / "out";
  options.model.threads = 1;
  options.data = shop.path() / "others.jsonl";
  options.label_column = "intents";
  options.gates = {"test.micro_f1>=0.1", "test.multi_label.mean_average_precision>=0.1"};
  const Json evaluated = Json::parse(runs::evaluate(options).json);
  EXPECT_EQ(evaluated.at("micro_f1"), shop.report().at("test").at("micro_f1"));
  EXPECT_TRUE(evaluated.at("gates")[0].at("passed").get<bool>());
  EXPECT_TRUE(evaluated.at("gates")[1].at("passed").get<bool>());
}

TEST(MultiLabel, TuningLearnsSets) {
  const Workshop shop;
  Json config = config_of(shop, "full");
  config["training"]["epochs"] = 6;
  const Json report = shop.adapt(config);
  EXPECT_GT(report.at("test").at("micro_f1").get<double>(), kByGivingAll);
  EXPECT_TRUE(holds(shop.read("out/report.md"), "micro F1"));
}

TEST(MultiLabel, ThePolicyAutoComparesOnExactAnswers) {
  const Workshop shop;
  const Json report = shop.adapt(config_of(shop, "auto"));
  EXPECT_GT(report.at("test").at("micro_f1").get<double>(), kByGivingAll);
  EXPECT_FALSE(report.at("training").at("choice").is_null());
}

TEST(MultiLabel, WithoutATestFileFiguresAreCrossValidated) {
  const Workshop shop;
  Json config = config_of(shop, "frozen");
  config["target"].erase("test");
  config.erase("evaluation");
  const Json report = shop.adapt(config);
  EXPECT_EQ(report.at("cross_validation").at("examples"), 36);
  EXPECT_GT(report.at("cross_validation").at("micro_f1").get<double>(), kByGivingAll);
}

TEST(MultiLabel, ATabulatedFileNeedsASeparator) {
  const Workshop shop;
  shop.write("train.csv",
             "text,intent\nmy card is lost,card_lost\nwhat is my account balance,balance\nmy card is lost what is my "
             "account balance,card_lost; balance\nsend money to a friend,\n");
  shop.write("test.csv", "text,intent\nmy card is lost now,card_lost\nsend money,\n");
  Json config = Workshop::config();
  config["transfer"]["policy"] = "frozen";
  config["target"]["label_separator"] = ";";
  const Json report = shop.adapt(config);
  EXPECT_EQ(report.at("data").at("labels"), (Json{"balance", "card_lost"}));
  EXPECT_EQ(report.at("thresholds").at("shared"), 0.5);
  EXPECT_TRUE(holds(report.at("thresholds").at("reason").get<std::string>(), "no texts were held out"));
}

TEST(MultiLabel, WhatIsNotBuiltForSetsIsRefusedByName) {
  const Workshop shop;
  Json config = config_of(shop, "full");
  config["training"]["objective"] = {{"type", "focal"}};
  config["training"]["class_weights"] = "balanced";
  shop.write("pool.csv", "text\nsend help\n");
  config["target"]["unlabelled"] = "pool.csv";
  const std::string error = error_of([&] { (void)shop.adapt(config); });
  EXPECT_TRUE(holds(error, "/training/objective/type: found \"focal\""));
  EXPECT_TRUE(holds(error, "/training/class_weights: found \"balanced\""));
  EXPECT_TRUE(holds(error, "/target/unlabelled"));
  config = config_of(shop, "full");
  config["source"] = {{"train", "retail.csv"}, {"label_column", "intent"}};
  EXPECT_TRUE(holds(error_of([&] { (void)shop.adapt(config); }), "/source: found a block"));
}

}  // namespace
