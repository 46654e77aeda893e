#include "runs/workshop.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <fstream>

namespace {

namespace fs = std::filesystem;
using namespace tt;
using tests::error_of;
using tests::holds;
using tests::Json;
using tests::Workshop;

/// The source stage's weights as they lie in the cache.
checkpoint::NamedTensors tuned(const Json& report) {
  const fs::path checkpoint = report["source"]["checkpoint"].get<std::string>();
  return checkpoint::read_safetensors(checkpoint / "0_Transformer/model.safetensors");
}

Json with_frozen_target(const Json& keep) {
  Json config = Workshop::source_config();
  config["transfer"]["policy"] = "frozen";
  config["source"]["keep"] = keep;
  return config;
}

TEST(Source, IsTrainedOnceAndThenTakenFromTheCache) {
  const Workshop shop;
  const Json first = shop.adapt(Workshop::source_config())["source"];
  const std::string predictions = shop.read("out/predictions.jsonl");
  EXPECT_FALSE(first["cache_hit"].get<bool>());
  EXPECT_TRUE(first["checkpoint"].get<std::string>().starts_with((shop.path() / "cache").string()));
  EXPECT_EQ(first["data"]["labels"], Json({"balance", "order", "payment"}));
  EXPECT_EQ(first["policy"]["name"], "top_layers");
  EXPECT_EQ(first["training"]["epochs"], 1);
  const Json second = shop.adapt(Workshop::source_config())["source"];
  EXPECT_TRUE(second["cache_hit"].get<bool>());
  for (const char* key : {"data", "policy", "training", "checkpoint", "keep"})
    EXPECT_EQ(second[key], first[key]) << key;
  EXPECT_EQ(shop.read("out/predictions.jsonl"), predictions);
}

TEST(Source, IsTrainedAgainOnlyWhenWhatItDependsOnChanged) {
  const Workshop shop;
  (void)shop.adapt(Workshop::source_config());
  const auto hits = [&](const char* pointer, const Json& value) {
    Json config = Workshop::source_config();
    config[Json::json_pointer(pointer)] = value;
    return shop.adapt(config)["source"]["cache_hit"].get<bool>();
  };
  // What is decided after the source was learnt, or concerns the target alone.
  EXPECT_TRUE(hits("/source/keep", 0.5));
  EXPECT_TRUE(hits("/source/name", "shop"));
  EXPECT_TRUE(hits("/source/head", "reuse"));
  EXPECT_TRUE(hits("/training/epochs", 1));
  EXPECT_TRUE(hits("/transfer/policy", "frozen"));
  EXPECT_TRUE(hits("/target/shots", 4));
  // What the source's weights depend on.
  EXPECT_FALSE(hits("/source/training/epochs", 2));
  EXPECT_FALSE(hits("/source/training/learning_rate", 2e-4));
  EXPECT_FALSE(hits("/source/policy", "full"));
  EXPECT_FALSE(hits("/source/shots", 5));
  EXPECT_FALSE(hits("/training/seed", 8));
  EXPECT_FALSE(hits("/encoder/max_length", 15));
  EXPECT_FALSE(hits("/head/normalize", false));
  shop.write("retail.csv", shop.read("retail.csv") + "the new order,order,x,web\n");
  EXPECT_FALSE(hits("/source/keep", 0.5));
  EXPECT_TRUE(hits("/source/keep", 0.25));
}

TEST(Source, SeveralFilesAreReadAsOne) {
  const Workshop shop;
  Json config = Workshop::source_config();
  config["source"]["train"] = {"retail.csv", "more/travel.csv"};
  fs::create_directory(shop.path() / "more");
  std::string cut = "the card";
  for (int i = 0; i < 20; ++i) cut += " the card";
  shop.write("more/travel.csv",
             concat("text,intent\nhow to order,order\nthe card please,travel\nthe new card please,travel\n", cut,
                    ",travel\n"));
  const Json first = shop.adapt(config)["source"];
  EXPECT_EQ(first["data"]["labels"], Json({"balance", "order", "payment", "travel"}));
  EXPECT_EQ(first["data"]["train"]["examples"], 24);
  EXPECT_EQ(first["data"]["train"]["used"], 24);
  const Json& more = first["data"]["more_train"].at(0);
  EXPECT_EQ(more["path"], (shop.path() / "more/travel.csv").string());
  EXPECT_EQ(more["examples"], 4);
  EXPECT_EQ(more["used"], 4);
  EXPECT_EQ(more["truncated"], 1);
  EXPECT_EQ(first["data"]["train"]["truncated"], 0);
  EXPECT_EQ(more["sha256"], sha256_hex(shop.read("more/travel.csv")));
  EXPECT_TRUE(holds(shop.read("out/report.md"), "travel.csv"));
  EXPECT_TRUE(shop.adapt(config)["source"]["cache_hit"].get<bool>());

  // A change in any of them counts, in the cache and for the run's own directory.
  shop.write("more/travel.csv", shop.read("more/travel.csv") + "a card,travel\n");
  EXPECT_FALSE(shop.adapt(config)["source"]["cache_hit"].get<bool>());

  // Faults are named in the file where they stand.
  config["source"]["labels"] = {"balance", "order", "payment"};
  EXPECT_TRUE(holds(error_of([&] { (void)shop.adapt(config); }), "more/travel.csv:3: label \"travel\""));
  config["source"].erase("labels");
  config["source"]["train"] = {"retail.csv", "missing.csv"};
  EXPECT_TRUE(holds(error_of([&] { (void)shop.adapt(config); }), "missing.csv"));
}

TEST(Source, IsMeasuredOnItsOwnTestFile) {
  const Workshop shop;
  EXPECT_TRUE(shop.adapt(Workshop::source_config())["source"]["test"].is_null());
  shop.write("retail_test.csv", Workshop::csv(tests::kRetail, 3, "again"));
  Json config = Workshop::source_config();
  config["source"]["test"] = "retail_test.csv";
  const Json made = shop.adapt(config)["source"];
  EXPECT_FALSE(made["cache_hit"].get<bool>());
  EXPECT_EQ(made["test"]["examples"], 9);
  EXPECT_GT(made["test"]["accuracy"], 0.34);
  EXPECT_TRUE(holds(shop.read("out/report.md"), "On its own test file: "));
  const Json cached = shop.adapt(config)["source"];
  EXPECT_TRUE(cached["cache_hit"].get<bool>());
  EXPECT_EQ(cached["test"], made["test"]);
}

TEST(Source, ADamagedCacheIsMadeAgain) {
  const Workshop shop;
  const Json first = shop.adapt(Workshop::source_config());
  const std::string predictions = shop.read("out/predictions.jsonl");
  const fs::path checkpoint = first["source"]["checkpoint"].get<std::string>();
  const auto expect_made_again = [&](const char* what) {
    EXPECT_FALSE(shop.adapt(Workshop::source_config())["source"]["cache_hit"].get<bool>()) << what;
    EXPECT_EQ(shop.read("out/predictions.jsonl"), predictions) << what;
    EXPECT_TRUE(shop.adapt(Workshop::source_config())["source"]["cache_hit"].get<bool>()) << what;
  };
  fs::resize_file(checkpoint / "0_Transformer/model.safetensors", 1000);
  expect_made_again("cut weights");
  write_file(checkpoint.parent_path() / "stage.json", "{\"data\":");
  expect_made_again("half a report");
  fs::remove(checkpoint / "0_Transformer/config.json");
  expect_made_again("a missing file");
  fs::remove(checkpoint.parent_path() / kManifestName);
  expect_made_again("no manifest");
  EXPECT_EQ(std::distance(fs::directory_iterator(checkpoint.parent_path().parent_path()), fs::directory_iterator{}), 1);
}

TEST(Source, IsTrainedAgainWhenAnyFileOfTheEncoderChanged) {
  const Workshop shop;
  fs::copy(tests::tiny_bert(), shop.path() / "encoder");
  Json config = Workshop::source_config();
  config["encoder"]["path"] = "encoder";
  const auto is_cached = [&] { return shop.adapt(config)["source"]["cache_hit"].get<bool>(); };
  EXPECT_FALSE(is_cached());
  EXPECT_TRUE(is_cached());
  const auto change = [&](const std::string& file, const std::string& from, const std::string& to) {
    std::string text = shop.read("encoder/" + file);
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << file << ' ' << from;
    shop.write("encoder/" + file, text.replace(at, from.size(), to));
  };
  change("config.json", "\"gelu\"", "\"relu\"");
  EXPECT_FALSE(is_cached()) << "another activation";
  // The same number of tokens, other ids: no summary tells them apart.
  change("vocab.txt", "\ncard\n", "\nSWAP\n");
  change("vocab.txt", "\nbalance\n", "\ncard\n");
  change("vocab.txt", "\nSWAP\n", "\nbalance\n");
  EXPECT_FALSE(is_cached()) << "two words have each other's ids";
  EXPECT_TRUE(is_cached());
}

TEST(Source, EmbeddingsAndPoolerStayAsTheyWereByDefault) {
  const Workshop shop;
  Json config = Workshop::source_config();
  config["source"]["training"]["probe_first"] = false;
  const auto weights = tuned(shop.adapt(config));
  for (const auto& [name, value] : tests::pretrained()) {
    EXPECT_EQ(at::equal(weights.at(name), value), !name.starts_with("encoder.")) << name;
  }
}

TEST(Source, KeepMixesPretrainedAndTunedWeights) {
  for (const double share : {0.0, 0.25, 1.0}) {
    const Workshop shop;
    const Json report = shop.adapt(with_frozen_target(share));
    EXPECT_FALSE(report["source"]["keep"]["automatic"].get<bool>());
    EXPECT_EQ(report["source"]["keep"]["chosen"], share);
    const auto written = shop.written_encoder();
    const auto source = tuned(report);
    for (const auto& [name, value] : tests::pretrained()) {
      const at::Tensor mixed = value + share * (source.at(name) - value);
      EXPECT_LE((written.at(name) - mixed).abs().max().item<double>(), 1e-6) << name;
      // The ends are exact: nothing is lost by having had a choice.
      EXPECT_TRUE(share != 0 || at::equal(written.at(name), value)) << name;
      EXPECT_TRUE(share != 1 || at::equal(written.at(name), source.at(name))) << name;
    }
  }
}

TEST(Source, AutomaticKeepTriesEveryShareAndTakesTheBest) {
  const Workshop shop;
  const Json report = shop.adapt(with_frozen_target("auto"));
  const Json& keep = report["source"]["keep"];
  EXPECT_TRUE(keep["automatic"].get<bool>());
  ASSERT_EQ(keep["candidates"].size(), 5U);
  EXPECT_EQ(keep["candidates"][0]["share"], 0.0);
  EXPECT_EQ(keep["candidates"][4]["share"], 1.0);
  double best = 0;
  double chosen = -1;
  for (const Json& candidate : keep["candidates"]) {
    best = std::max<double>(best, candidate["score"]);
    if (candidate["share"] == keep["chosen"]) chosen = candidate["score"];
  }
  EXPECT_EQ(chosen, best);
}

TEST(Source, WithOneTextALabelTheLabelsNamesTellWhatToKeep) {
  const Workshop shop;
  Json config = with_frozen_target("auto");
  config["target"]["shots"] = 1;
  const Json keep = shop.adapt(config)["source"]["keep"];
  EXPECT_EQ(keep["candidates"].size(), 5U);
  config["target"]["label_names"] = false;
  const Json untold = shop.adapt(config)["source"]["keep"];
  EXPECT_TRUE(untold["candidates"].empty()) << "nothing is left to tell by";
  EXPECT_EQ(untold["chosen"], 0);
}

TEST(Source, AFinishedRunServesInItsPlace) {
  const Workshop shop;
  Json retail = Workshop::config();
  retail["target"] = {{"train", "retail.csv"}, {"label_column", "intent"}, {"validation_fraction", 0}};
  retail["training"]["probe_first"] = false;
  retail["output"]["dir"] = "retail";
  (void)runs::adapt(shop.load(retail), {});
  Json config = Workshop::config();
  config["source"] = {{"checkpoint", "retail"}, {"keep", 1}};
  config["transfer"]["policy"] = "frozen";
  const Json report = shop.adapt(config);
  EXPECT_TRUE(report["source"]["training"].is_null());
  EXPECT_TRUE(holds(report["source"]["checkpoint"].get<std::string>(), "retail/checkpoint"));
  EXPECT_FALSE(report["source"]["cache_hit"].get<bool>());
  const auto source = checkpoint::read_safetensors(shop.path() / "retail/checkpoint/0_Transformer/model.safetensors");
  for (const auto& [name, value] : shop.written_encoder()) EXPECT_TRUE(at::equal(value, source.at(name))) << name;
  EXPECT_FALSE(fs::exists(shop.path() / "cache/transfer-tune/source"));
}

TEST(Source, ACheckpointOfAnotherShapeIsRefused) {
  const Workshop shop;
  fs::copy(tests::tiny_bert(), shop.path() / "other");
  Json spec = Json::parse(shop.read("other/config.json"));
  spec["vocab_size"] = 61;
  shop.write("other/config.json", spec.dump());
  auto tensors = tests::pretrained();
  at::Tensor& words = tensors.at("embeddings.word_embeddings.weight");
  words = at::cat({words, at::zeros({1, words.size(1)})});
  checkpoint::write_safetensors(shop.path() / "other/model.safetensors", tensors);
  Json config = Workshop::config();
  config["source"] = {{"checkpoint", "other"}};
  const std::string error = error_of([&] { (void)shop.adapt(config); });
  EXPECT_TRUE(error.starts_with("4: ")) << error;
  EXPECT_TRUE(holds(error, "other"));
  EXPECT_TRUE(holds(error, "shapes"));
}

TEST(Source, HeadRowsOfSharedLabelsAreReusedWhereAsked) {
  const Workshop shop;
  Json config = Workshop::source_config();
  config["source"]["training"]["epochs"] = 4;
  config["training"]["probe_first"] = false;
  const Json dropped = shop.adapt(config);
  const std::string without = shop.read("out/predictions.jsonl");
  EXPECT_EQ(dropped["source"]["reused_labels"], Json::array());
  config["source"]["head"] = "reuse";
  const Json reused = shop.adapt(config);
  EXPECT_EQ(reused["source"]["reused_labels"], Json({"balance"}));
  EXPECT_FALSE(holds(reused["warnings"].dump(), "reuse"));
  EXPECT_NE(shop.read("out/predictions.jsonl"), without);
  config["training"]["probe_first"] = true;
  EXPECT_TRUE(holds(shop.adapt(config)["warnings"].dump(), "source.head reuse had no effect"));
}

TEST(Source, ItsRulesAreCheckedUnderItsOwnPointer) {
  const Workshop shop;
  Json config = Workshop::source_config();
  config["source"]["phases"] = {{{"epochs", 1}, {"train", {"head", "layer.5"}}}};
  const std::string error = error_of([&] { (void)shop.adapt(config); });
  EXPECT_TRUE(error.starts_with("2: ")) << error;
  EXPECT_TRUE(holds(error, "/source/phases/0/train"));
}

TEST(Source, WorksUnderTheNativeHeadToo) {
  const Workshop shop;
  Json config = Workshop::source_config();
  config["head"]["type"] = "native";
  EXPECT_FALSE(shop.adapt(config)["source"]["cache_hit"].get<bool>());
  EXPECT_TRUE(shop.adapt(config)["source"]["cache_hit"].get<bool>());
}

}  // namespace
