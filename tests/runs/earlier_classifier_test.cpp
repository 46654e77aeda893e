#include "runs/workshop.hpp"

#include <gtest/gtest.h>

namespace {

using namespace tt;
using tests::holds;
using tests::Intents;
using tests::Json;
using tests::Workshop;

const Intents kFirst{tests::kBanking[0], tests::kBanking[1]};

/// A run that learns two intents, written to `first`.
void learn_two(const Workshop& shop) {
  shop.write("train.csv", Workshop::csv(kFirst, 8, "please"));
  shop.write("test.csv", Workshop::csv(kFirst, 4, "now"));
  Json config = Workshop::config();
  config["output"]["dir"] = "first";
  (void)runs::adapt(shop.load(config), {});
}

TEST(EarlierClassifier, WhatBecomesOfItsLabelsIsMeasured) {
  const Workshop shop;
  learn_two(shop);
  const Json first = Json::parse(shop.read("first/report.json"));
  EXPECT_TRUE(first["earlier"].is_null());

  shop.write("train.csv", Workshop::csv(tests::kBanking, 8, "please"));
  shop.write("test.csv", Workshop::csv(tests::kBanking, 4, "now"));
  Json config = Workshop::config();
  config["encoder"]["path"] = "first";
  const Json report = shop.adapt(config);
  const Json& earlier = report["earlier"];
  EXPECT_EQ(earlier["labels"], 2);
  EXPECT_EQ(earlier["forgotten"], Json::array());
  EXPECT_EQ(earlier["texts"], 8);
  EXPECT_EQ(earlier["new_texts"], 4);
  // The texts of the two intents are those that the first run was tested on.
  EXPECT_EQ(earlier["accuracy_before"], first["test"]["accuracy"]);
  double right = 0;
  for (const Json& answer : shop.predictions()) {
    const bool known = answer["label"] != "transfer";
    right += known && answer["prediction"] == answer["label"] ? 1 : 0;
  }
  EXPECT_EQ(earlier["accuracy_after"], right / 8);
  EXPECT_TRUE(holds(shop.read("out/report.md"), "was a classifier of 2 of these labels already"));
}

TEST(EarlierClassifier, LabelsThatWillBeForgottenAreNamed) {
  const Workshop shop;
  learn_two(shop);
  const Intents others{tests::kBanking[1], tests::kBanking[2]};
  shop.write("train.csv", Workshop::csv(others, 8, "please"));
  shop.write("test.csv", Workshop::csv(others, 4, "now"));
  Json config = Workshop::config();
  config["encoder"]["path"] = "first";
  const Json report = shop.adapt(config);
  EXPECT_EQ(report["earlier"]["forgotten"], Json::array({"card_lost"}));
  EXPECT_TRUE(
      holds(report["warnings"].dump(), "knows labels that the training file lacks (1), such as \\\"card_lost\\\""));
}

TEST(EarlierClassifier, OfOtherLabelsIsNoneOfTheseLabels) {
  const Workshop shop;
  learn_two(shop);
  const Intents others{{"a", "my card is lost"}, {"b", "send money to a friend"}};
  shop.write("train.csv", Workshop::csv(others, 8, "please"));
  shop.write("test.csv", Workshop::csv(others, 4, "now"));
  Json config = Workshop::config();
  config["encoder"]["path"] = "first";
  const Json report = shop.adapt(config);
  EXPECT_TRUE(report["earlier"].is_null());
  EXPECT_FALSE(holds(report["warnings"].dump(), "labels that the training file lacks"));
}

}  // namespace
