#include "runs/workshop.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using namespace tt;
using tests::holds;
using tests::Json;
using tests::Workshop;

const std::vector<std::string> kWords{"card",     "lost",    "stolen", "balance", "account", "money", "friend",
                                      "transfer", "payment", "fee",    "order",   "app",     "cash",  "block",
                                      "pin",      "change",  "open",   "close",   "rate",    "late"};

/// An intent a word.
tests::Intents intents(std::size_t count) {
  tests::Intents out;
  for (std::size_t i = 0; i < count; ++i) out.emplace_back("about_" + kWords.at(i), kWords.at(i));
  return out;
}

/// The same text for all of an intent: any encoder tells them apart, and none does better.
std::string plain_csv(std::size_t count, int copies) {
  std::string out = "text,intent\n";
  for (std::size_t i = 0; i < count; ++i) {
    for (int copy = 0; copy < copies; ++copy) out += kWords.at(i) + ",about_" + kWords.at(i) + "\n";
  }
  return out;
}

Json config_of(const Json& training = Json::object()) {
  Json config = Workshop::source_config();
  config["source"]["keep"] = "auto";
  config["transfer"]["policy"] = "frozen";
  config["source"]["training"] = {{"epochs", 3}, {"learning_rate", 1e-3}, {"objective", {{"type", "prototypical"}}}};
  config["source"]["training"].update(training, true);
  return config;
}

std::string error_of(const Workshop& shop, const Json& config) {
  return tests::message_of([&] { (void)shop.adapt(config); });
}

TEST(Prototypical, EpochsAreChosenByIntentsThatAreHeldOut) {
  const Workshop shop;
  shop.write("retail.csv", Workshop::csv(intents(20), 8, "thanks"));
  const Json report = shop.adapt(config_of({{"objective", {{"ways", 6}, {"support", 2}}}}));
  const Json& source = report["source"];
  EXPECT_EQ(source["data"]["labels"].size(), 20);
  EXPECT_EQ(source["data"]["train_examples"], 16 * 8);
  EXPECT_EQ(source["data"]["validation_examples"], 4 * 8);
  const Json& training = source["training"];
  EXPECT_EQ(training["objective"]["type"], "prototypical");
  EXPECT_EQ(training["objective"]["ways"], 6);
  EXPECT_EQ(training["objective"]["temperature"], 0.1);
  EXPECT_EQ(training["refitted"], false);
  EXPECT_EQ(training["selection_metric"], "accuracy");
  const Json& epochs = training["per_epoch"];
  ASSERT_EQ(epochs.size(), 4);
  EXPECT_EQ(epochs[0]["epoch"], 0);
  EXPECT_TRUE(epochs[0]["train_loss"].is_null());
  double best = 0;
  for (const Json& epoch : epochs) best = std::max(best, epoch["validation_accuracy"].get<double>());
  EXPECT_EQ(epochs[training["best_epoch"].get<std::size_t>()]["validation_accuracy"], best);
  EXPECT_LT(epochs[3]["train_loss"], epochs[1]["train_loss"]);
  const std::string page = shop.read("out/report.md");
  EXPECT_TRUE(holds(page, "4 of the 20 intents are held out"));
  EXPECT_TRUE(holds(page, "objective prototypical (ways 6, support 2, query 1, temperature 0.1)"));
}

TEST(Prototypical, AnEncoderThatNoEpochMadeBetterStaysAsItIs) {
  const Workshop shop;
  shop.write("retail.csv", plain_csv(20, 8));
  const Json report = shop.adapt(config_of());
  EXPECT_EQ(report["source"]["training"]["best_epoch"], 0);
  EXPECT_EQ(report["source"]["keep"]["chosen"], 0);
  EXPECT_TRUE(report["source"]["keep"]["candidates"].empty());
  EXPECT_TRUE(holds(shop.read("out/report.md"), "no epoch scored better on what was held out of the source"));
  const auto written = shop.written_encoder();
  for (const auto& [name, value] : tests::pretrained()) {
    const auto found = written.find(name);
    EXPECT_TRUE(found == written.end() || at::equal(found->second, value)) << name;
  }
}

TEST(Prototypical, TheSourcesHeadAnswersAllTheSame) {
  const Workshop shop;
  shop.write("retail.csv", plain_csv(10, 8));
  shop.write("retail_test.csv", plain_csv(10, 3));
  Json config = config_of();
  config["source"]["test"] = "retail_test.csv";
  const Json source = shop.adapt(config)["source"];
  EXPECT_TRUE(source["training"]["best_epoch"].is_null());  // of ten intents none is held out
  EXPECT_EQ(source["training"]["per_epoch"].size(), 3);
  EXPECT_EQ(source["training"]["C"], 100.0);
  EXPECT_GT(source["test"]["accuracy"], 0.5);
}

TEST(Prototypical, IsRefusedWhereItCannotLearn) {
  const Workshop shop;
  EXPECT_TRUE(holds(error_of(shop, config_of({{"objective", {{"support", 9}}}})),
                    "retail.csv: found 0 labels of 10 texts or more, expected two"));
  EXPECT_TRUE(holds(error_of(shop, config_of({{"label_smoothing_factor", 0.1}})), "label_smoothing_factor"));
  Json frozen = config_of();
  frozen["source"]["policy"] = "frozen";
  EXPECT_TRUE(holds(error_of(shop, frozen), "/source/training/objective/type: found \"prototypical\""));
  Json target = Workshop::config();
  target["training"]["objective"] = {{"type", "prototypical"}};
  EXPECT_TRUE(holds(error_of(shop, target), "/source/training/objective/type"));
  Json validated = config_of();
  validated["source"]["validation"] = "test.csv";
  EXPECT_TRUE(holds(error_of(shop, validated), "/source/validation"));
}

}  // namespace
