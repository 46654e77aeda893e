#include "runs/workshop.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace {

using namespace tt;
using tests::holds;
using tests::Json;
using tests::Workshop;

Json from_scratch(Json config) {
  config["encoder"]["weights"] = "random";
  return config;
}

TEST(FromScratch, TakesTheArchitectureAloneAndDrawsTheWeightsBySeed) {
  const Workshop shop;
  Json config = from_scratch(Workshop::config());
  config["transfer"]["policy"] = "frozen";
  const Json report = shop.adapt(config);
  EXPECT_TRUE(report["encoder"]["random_weights"].get<bool>());
  EXPECT_EQ(report["encoder"]["weights_sha256"], "");
  EXPECT_EQ(report["encoder"]["newly_initialised"], Json::array());
  const auto first = shop.written_encoder();
  for (const auto& [name, value] : tests::pretrained()) {
    ASSERT_EQ(first.at(name).sizes(), value.sizes()) << name;
    EXPECT_TRUE(name.ends_with("bias") || !at::equal(first.at(name), value)) << name;
  }
  (void)shop.adapt(config);
  const auto again = shop.written_encoder();
  for (const auto& [name, value] : first) EXPECT_TRUE(at::equal(again.at(name), value)) << name;
  config["training"]["seed"] = 8;
  (void)shop.adapt(config);
  const auto other = shop.written_encoder();
  const std::string words = "embeddings.word_embeddings.weight";
  EXPECT_FALSE(at::equal(other.at(words), first.at(words)));
  EXPECT_TRUE(holds(shop.read("out/report.md"), "from random weights"));
}

TEST(FromScratch, IsNotMistakenForThePretrainedEncoderByACache) {
  const Workshop shop;
  Json config = Workshop::config();
  config["transfer"]["policy"] = "frozen";
  (void)shop.adapt(from_scratch(config));
  const std::string alone = shop.read("out/predictions.jsonl");
  (void)shop.adapt(config);
  const std::string pretrained = shop.read("out/predictions.jsonl");
  EXPECT_NE(pretrained, alone);
  (void)shop.adapt(from_scratch(config));
  EXPECT_EQ(shop.read("out/predictions.jsonl"), alone);
}

TEST(FromScratch, TrainsAllOfItAndItsCheckpointAnswersTheSame) {
  const Workshop shop;
  Json config = from_scratch(Workshop::config());
  config["training"]["learning_rate"] = 1e-3;
  config["training"]["epochs"] = 10;
  const Json report = shop.adapt(config);
  EXPECT_GE(report["test"]["accuracy"], 0.9);
  const auto predictor = shop.predictor();
  EXPECT_EQ(predictor.labels().size(), 3U);
}

TEST(FromScratch, ASourceStageStartsFromRandomWeightsToo) {
  const Workshop shop;
  const Json pretrained = shop.adapt(Workshop::source_config())["source"];
  const Json random = shop.adapt(from_scratch(Workshop::source_config()))["source"];
  EXPECT_FALSE(random["cache_hit"].get<bool>());
  EXPECT_NE(random["checkpoint"], pretrained["checkpoint"]);
  EXPECT_TRUE(shop.adapt(from_scratch(Workshop::source_config()))["source"]["cache_hit"].get<bool>());
}

TEST(Latency, IsMeasuredWhereAsked) {
  const Workshop shop;
  Json config = Workshop::config();
  config["transfer"]["policy"] = "frozen";
  EXPECT_TRUE(shop.adapt(config)["timing"]["latency"].is_null());
  config["evaluation"]["latency"] = true;
  const Json latency = shop.adapt(config)["timing"]["latency"];
  EXPECT_EQ(latency["texts"], 12);
  EXPECT_GT(latency["median_seconds"], 0.0);
  EXPECT_GE(latency["p95_seconds"], latency["median_seconds"]);
  EXPECT_GT(latency["texts_per_second"], 1.0);
  EXPECT_TRUE(holds(shop.read("out/report.md"), " ms for one text (95% of 12 texts within "));
}

TEST(Transferability, IsScoredBeforeTheTargetTrains) {
  const Workshop shop;
  const Json report = shop.adapt(Workshop::source_config());
  const Json& scores = report["source"]["transferability"];
  EXPECT_EQ(scores["target_texts"], 24);
  EXPECT_EQ(scores["source_texts"], 24);
  for (const char* name : {"logme_without", "logme_with", "h_score_without", "h_score_with"}) {
    EXPECT_TRUE(scores[name].is_number()) << name;
  }
  EXPECT_LT(scores["leep"], 0.0);
  EXPECT_GE(scores["domain_error"], 0.0);
  EXPECT_DOUBLE_EQ(scores["proxy_a_distance"], std::max(0.0, 2 - 4 * scores["domain_error"].get<double>()));
  ASSERT_EQ(scores["nearest_labels"].size(), 3U);
  // Both domains ask for the balance in the same words.
  EXPECT_EQ(scores["nearest_labels"][0]["label"], "balance");
  EXPECT_EQ(scores["nearest_labels"][0]["nearest"][0]["label"], "balance");
  EXPECT_EQ(scores["nearest_labels"][0]["nearest"].size(), 3U);
  EXPECT_TRUE(holds(shop.read("out/report.md"), "### How near the source is"));
  // The target's later settings are no part of it.
  Json config = Workshop::source_config();
  config["training"]["epochs"] = 1;
  EXPECT_EQ(shop.adapt(config)["source"]["transferability"], scores);
}

TEST(Transferability, OfACheckpointAloneKnowsNoTexts) {
  const Workshop shop;
  Json retail = Workshop::config();
  retail["target"] = {{"train", "retail.csv"}, {"label_column", "intent"}, {"validation_fraction", 0}};
  retail["output"]["dir"] = "retail";
  (void)runs::adapt(shop.load(retail), {});
  Json config = Workshop::config();
  config["source"] = {{"checkpoint", "retail"}, {"keep", 1}};
  const Json with_head = shop.adapt(config)["source"]["transferability"];
  EXPECT_EQ(with_head["source_texts"], 0);
  EXPECT_TRUE(with_head["proxy_a_distance"].is_null());
  EXPECT_EQ(with_head["nearest_labels"], Json::array());
  EXPECT_LT(with_head["leep"], 0.0);
  // A bare encoder has no head for LEEP, nor has one whose head sees other features.
  config["source"]["checkpoint"] = tests::tiny_bert().string();
  EXPECT_TRUE(shop.adapt(config)["source"]["transferability"]["leep"].is_null());
  config["source"]["checkpoint"] = "retail";
  config["head"]["normalize"] = false;
  EXPECT_TRUE(shop.adapt(config)["source"]["transferability"]["leep"].is_null());
}

TEST(NegativeTransfer, IsWarnedOfWhereNoShareScoredAboveNone) {
  const Workshop shop;
  Json config = Workshop::source_config();
  config["source"]["keep"] = "auto";
  // A source that tears the encoder apart.
  config["source"]["training"] = {{"batch_size", 8}, {"learning_rate", 0.5}, {"epochs", 3}, {"max_grad_norm", 0}};
  config["source"]["policy"] = "full";
  const Json report = shop.adapt(config);
  ASSERT_EQ(report["source"]["keep"]["chosen"], 0.0) << report["source"]["keep"];
  EXPECT_TRUE(holds(report["warnings"].dump(), "negative transfer: ")) << report["warnings"];
}

}  // namespace
