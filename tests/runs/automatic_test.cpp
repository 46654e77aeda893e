#include "runs/automatic_stage.hpp"
#include "runs/workshop.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace {

using namespace tt;
using tests::Json;
using tests::Workshop;

runs::StageData texts(std::size_t train, std::size_t test) {
  const auto set = [](std::size_t count) {
    training::EncodedSet out;
    for (std::size_t i = 0; i < count; ++i) {
      out.sequences.append(std::vector<std::int32_t>{2, 3});
      out.labels.push_back(0);
    }
    return out;
  };
  runs::StageData data;
  data.train = set(train);
  data.test = set(test);
  return data;
}

struct Rate {
  double learning_rate;
  const char* chosen;
};
class Automatic : public testing::TestWithParam<Rate> {};

/// What nothing speaks against is tuned; a rate at which all is lost is found out. Either way the run is that of the
/// policy that it takes.
TEST_P(Automatic, IsOneOfTwoRuns) {
  const Workshop shop;
  shop.write("train.csv", Workshop::csv(tests::kBanking, 29, "please"));
  Json json = Workshop::held_out_config("auto");
  json["training"]["learning_rate"] = GetParam().learning_rate;
  const Json report = shop.adapt(json);
  const Json choice = report["training"]["choice"];
  EXPECT_GT(choice["held_out"], 0);
  EXPECT_EQ(choice["epochs"], 3);
  EXPECT_EQ(choice["chosen"], GetParam().chosen) << choice;
  const bool tuned = choice["chosen"] == "full";
  const auto frozen = choice["frozen_accuracy"].get<double>();
  EXPECT_EQ(tuned, choice["tuned_accuracy"] >= frozen - choice["chance"].get<double>()) << choice;
  EXPECT_EQ(report["policy"]["name"], choice["chosen"]);
  EXPECT_EQ(report["training"]["epochs"], tuned ? 3 : 1);
  const std::vector<Json> predictions = shop.predictions();
  json["transfer"]["policy"] = choice["chosen"];
  EXPECT_TRUE(shop.adapt(json)["training"]["choice"].is_null());
  EXPECT_EQ(shop.predictions(), predictions);
}

INSTANTIATE_TEST_SUITE_P(AtRates, Automatic, testing::Values(Rate{1e-6, "full"}, Rate{0.9, "frozen"}));

TEST(AutomaticPolicy, LeavesTheEncoderAloneWhereNothingIsToBeSpent) {
  const Workshop shop;
  Json json = Workshop::held_out_config("auto");
  json["training"]["budget"] = 0;
  const Json choice = shop.adapt(json)["training"]["choice"];
  EXPECT_EQ(choice["chosen"], "frozen");
  EXPECT_EQ(choice["held_out"], 0);
  EXPECT_TRUE(tests::holds(choice["reason"].get<std::string>(), "training.budget"));
  const auto pretrained = tests::pretrained();
  for (const auto& [name, value] : shop.written_encoder()) {
    EXPECT_TRUE(at::equal(value, pretrained.at(name))) << name;
  }
}

TEST(AutomaticPolicy, LeavesTheEncoderAloneWhereNothingIsHeldOut) {
  const Workshop shop;
  shop.write("train.csv", Workshop::csv(tests::kBanking, 1, "please"));
  const Json choice = shop.adapt(Workshop::held_out_config("auto"))["training"]["choice"];
  EXPECT_EQ(choice["chosen"], "frozen");
  EXPECT_TRUE(choice["tuned_accuracy"].is_null());
}

TEST(AutomaticPolicy, IsWhatRunsWhereTheConfigNamesNone) {
  const Workshop shop;
  Json json = Workshop::held_out_config("auto");
  json.erase("transfer");
  EXPECT_FALSE(shop.adapt(json)["training"]["choice"].is_null());
  EXPECT_EQ(Json::parse(shop.read("out/config.resolved.json"))["transfer"]["policy"], "auto");
}

TEST(AutomaticPolicy, TrainsAsManyEpochsAsTheBudgetLeaves) {
  // An epoch is three passes, and half of that again for what is calibrated on.
  EXPECT_EQ(runs::afford(texts(100, 0), 10, 10, true, false).epochs, 10);
  EXPECT_EQ(runs::afford(texts(10000, 3000), 10, 10, true, false).epochs, 2);
  EXPECT_EQ(runs::afford(texts(10000, 3000), 10, 10, false, false).epochs, 4);
  EXPECT_EQ(runs::afford(texts(10000, 3000), 30, 10, true, false).epochs, 8);
  EXPECT_EQ(runs::afford(texts(10000, 3000), 0, 10, true, false).epochs, 0);
  EXPECT_DOUBLE_EQ(runs::afford(texts(10000, 5000), 10, 3, true, false).work, 9);
  EXPECT_DOUBLE_EQ(runs::afford(texts(10000, 0), 1, 3, true, true).work, 16.5);
}

}  // namespace
