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

std::string error_of(const Workshop& shop, const Json& config) {
  return tests::message_of([&] { (void)shop.adapt(config); });
}

TEST(Objectives, TrainAndAreReported) {
  const Workshop shop;
  for (const Json& objective : {Json{{"type", "focal"}, {"gamma", 1.5}},
                                Json{{"type", "supervised_contrastive"}, {"temperature", 0.5}, {"weight", 0.5}},
                                Json{{"type", "r_drop"}, {"alpha", 0.5}}}) {
    Json config = Workshop::config();
    config["training"]["objective"] = objective;
    config["training"]["label_smoothing_factor"] = 0.1;
    config["training"]["class_weights"] = "balanced";
    config["training"]["probe_first"] = false;
    config["training"]["learning_rate"] = 1e-3;
    const Json report = shop.adapt(config);
    for (const auto& [name, value] : objective.items()) {
      EXPECT_EQ(report["training"]["objective"][name], value) << objective;
    }
    const Json& epochs = report["training"]["per_epoch"];
    EXPECT_LT(epochs.back()["train_loss"], epochs.front()["train_loss"]) << objective;
    EXPECT_TRUE(holds(shop.read("out/report.html"), ", objective " + objective["type"].get<std::string>() + " ("));
  }
}

TEST(Objectives, AFocalHeadOnFrozenFeaturesIsSteppedAndTheEncoderStays) {
  const Workshop shop;
  Json config = Workshop::config();
  config["transfer"]["policy"] = "frozen";
  config["training"]["objective"] = {{"type", "focal"}};
  const Json report = shop.adapt(config);
  EXPECT_EQ(report["training"]["per_epoch"].back()["epoch"], 3);
  EXPECT_FALSE(report["policy"]["phases"][0]["groups"][0]["learning_rate"].is_null());
  const auto written = shop.written_encoder();
  for (const auto& [name, value] : tests::pretrained()) {
    const auto found = written.find(name);
    EXPECT_TRUE(found == written.end() || at::equal(found->second, value)) << name;
  }
}

TEST(Objectives, ThatChangeNothingAreRefused) {
  const Workshop shop;
  Json config = Workshop::config();
  config["transfer"]["policy"] = "frozen";
  config["training"]["objective"] = {{"type", "supervised_contrastive"}};
  const std::string error = error_of(shop, config);
  EXPECT_TRUE(holds(error, "/training/objective/type: found \"supervised_contrastive\"")) << error;
  EXPECT_TRUE(holds(error, "/transfer/policy")) << error;
  Json source = Workshop::source_config();
  source["source"]["policy"] = "frozen";
  source["source"]["training"]["objective"] = {{"type", "r_drop"}};
  EXPECT_TRUE(holds(error_of(shop, source), "/source/training/objective/type: found \"r_drop\""));
}

/// `csv` with a column of weights, one of which every line takes in turn.
std::string weighted(const std::string& csv, const std::vector<std::string>& weights) {
  std::string out;
  std::size_t line = 0;
  for (std::size_t begin = 0; begin < csv.size(); ++line) {
    const std::size_t end = csv.find('\n', begin);
    out += csv.substr(begin, end - begin) + "," + (line == 0 ? "sure" : weights[line % weights.size()]) + "\n";
    begin = end + 1;
  }
  return out;
}

TEST(Weights, OfTextsReachTheLossAndTheReport) {
  const Workshop shop;
  const std::string csv = Workshop::csv(tests::kBanking, 8, "please");
  Json config = Workshop::config();
  config["training"]["probe_first"] = false;
  (void)shop.adapt(config);
  const std::string plain = shop.read("out/predictions.jsonl");
  config["target"]["weight_column"] = "sure";
  const auto run = [&](const std::vector<std::string>& weights) {
    shop.write("train.csv", weighted(csv, weights));
    return shop.adapt(config);
  };
  EXPECT_EQ(run({"1"})["data"]["weights"]["sum"], 24.0);
  EXPECT_EQ(shop.read("out/predictions.jsonl"), plain);
  const Json weights = run({"0", "0.5", "3", "1"})["data"]["weights"];
  EXPECT_EQ(weights["column"], "sure");
  EXPECT_EQ(weights["left_out"], 6);
  EXPECT_EQ(weights["sum"], 27.0);
  EXPECT_NE(shop.read("out/predictions.jsonl"), plain);
  EXPECT_TRUE(holds(shop.read("out/report.md"), "27"));
  shop.write("train.csv", weighted(csv, {"0"}));
  EXPECT_TRUE(holds(error_of(shop, config), "every text has a weight of 0"));
}

TEST(Weights, StayBesideTheirTextsWhereShotsAreDrawn) {
  const Workshop shop;
  Json config = Workshop::config();
  config["target"]["shots"] = 2;
  config["target"]["weight_column"] = "sure";
  shop.write("train.csv", weighted(Workshop::csv(tests::kBanking, 8, "please"), {"0", "2", "2", "2"}));
  const Json report = shop.adapt(config);
  EXPECT_EQ(report["data"]["weights"]["sum"], 12.0);
  EXPECT_EQ(report["data"]["train"]["used"], 6);
}

}  // namespace
