#include "runs/workshop.hpp"
#include "transfer_tune/checkpoint/directory.hpp"
#include "transfer_tune/checkpoint/safetensors.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>
#include <vector>

// Encoders whose sentence-transformers modules have Dense layers behind the pooling, in whole runs.

namespace {

namespace fs = std::filesystem;
using namespace tt;
using namespace tt::tests;

constexpr const char* kTanh = "torch.nn.modules.activation.Tanh";

/// The tiny encoder, of width 20, with Dense modules 20 → 12 (tanh) → 6 (GELU, no bias), in "encoder".
class DenseRuns : public testing::Test {
 protected:
  DenseRuns() {
    fs::copy(tiny_bert(), shop_.path() / "encoder");
    for (const char* folder : {"1_Pooling", "2_Dense", "3_Dense"}) make_directories(shop_.path() / "encoder" / folder);
    write("1_Pooling/config.json", Json{{"pooling_mode", "cls"}});
    at::manual_seed(2);
    put("2_Dense", kTanh, at::randn({12, 20}), at::randn({12}));
    put("3_Dense", "torch.nn.GELU", at::randn({6, 12}), {});
    chain({"Dense 2_Dense", "Dense 3_Dense", "Normalize 4_Normalize"});
    config_["encoder"]["path"] = "encoder";
    config_["evaluation"] = {{"out_of_scope", {{"test", "other.csv"}}}};
    shop_.write("other.csv", "text\nin app help\nnot working thanks\n");
  }

  void write(const std::string& name, const Json& json) const { shop_.write("encoder/" + name, json.dump()); }
  void put(const std::string& folder, const char* activation, const at::Tensor& weight, const at::Tensor& bias) const {
    write(folder + "/config.json", {{"in_features", weight.size(1)},
                                    {"out_features", weight.size(0)},
                                    {"bias", bias.defined()},
                                    {"activation_function", activation}});
    checkpoint::NamedTensors tensors{{"linear.weight", weight}};
    if (bias.defined()) tensors["linear.bias"] = bias;
    checkpoint::write_safetensors(shop_.path() / "encoder" / folder / "model.safetensors", tensors);
  }
  /// What follows encoder and pooling, each as "class folder".
  void chain(const std::vector<std::string>& modules) const {
    Json list =
        Json::array({{{"type", "m.Transformer"}, {"path", ""}}, {{"type", "m.Pooling"}, {"path", "1_Pooling"}}});
    for (const std::string& module : modules) {
      const std::size_t space = module.find(' ');
      list.push_back({{"type", "m." + module.substr(0, space)}, {"path", module.substr(space + 1)}});
    }
    write("modules.json", list);
  }

  [[nodiscard]] std::vector<checkpoint::DenseModule> given() const {
    return checkpoint::read_directory(shop_.path() / "encoder").dense;
  }
  [[nodiscard]] checkpoint::EncoderDirectory written(const std::string& name = "out/checkpoint") const {
    return checkpoint::read_directory(shop_.path() / name);
  }
  /// By module: whether the run changed its weight.
  [[nodiscard]] std::vector<bool> trained() const {
    std::vector<bool> out;
    const auto before = given();
    const auto after = written().dense;
    EXPECT_EQ(before.size(), after.size());
    for (std::size_t i = 0; i < after.size(); ++i) {
      EXPECT_EQ(after[i].activation, before[i].activation);
      out.push_back(!at::equal(after[i].weight, before[i].weight));
    }
    return out;
  }
  /// Every test text's logits as the written checkpoint answers, rejection included.
  [[nodiscard]] std::vector<std::vector<float>> answers(const fs::path& adapter = {}) const {
    runs::ModelOptions options;
    if (adapter.empty()) {
      options.checkpoint = shop_.path() / "out";
    } else {
      options.adapter = adapter;
    }
    options.threads = 1;
    options.reject = adapter.empty();
    std::vector<std::vector<float>> out;
    runs::Predictor predictor(options);
    for (const runs::Prediction& each : predictor.predict({"my card is lost please", "send money", "is my balance"})) {
      EXPECT_EQ(each.scope_score.has_value(), options.reject);
      out.push_back(each.logits);
    }
    return out;
  }

  const Workshop shop_;
  Json config_ = Workshop::held_out_config("full");  // so that there is a threshold to reject by
};

TEST_F(DenseRuns, TheHeadLearnsFromWhatTheyGive) {
  config_["transfer"]["policy"] = "frozen";
  const Json report = shop_.adapt(config_);
  EXPECT_EQ(report["head"]["type"], "cls");
  EXPECT_TRUE(report["warnings"].empty()) << report["warnings"];
  EXPECT_EQ(trained(), (std::vector<bool>{false, false}));
  const checkpoint::EncoderDirectory out = written();
  ASSERT_TRUE(out.dense_head);
  EXPECT_TRUE(out.dense_head->normalize);
  EXPECT_EQ(out.dense_head->weight.sizes(), at::IntArrayRef({3, 6}));
  EXPECT_EQ(answers().front().size(), 3U);
  // The cached activations are those before them, and give the same again.
  const auto first = answers();
  const Json again = shop_.adapt(config_);
  EXPECT_EQ(again["test"]["accuracy"], report["test"]["accuracy"]);
  EXPECT_EQ(answers(), first);
  put("2_Dense", kTanh, at::ones({12, 20}), at::zeros({12}));
  (void)shop_.adapt(config_);
  EXPECT_NE(answers(), first);
}

TEST_F(DenseRuns, TheyTrainWithTheLastLayer) {
  const std::vector<std::pair<Json, bool>> policies{{{{"policy", "full"}}, true},
                                                    {{{"policy", "top_layers"}, {"layers", 1}}, true},
                                                    {{{"policy", "gradual"}}, true},
                                                    {{{"policy", "bitfit"}}, false}};
  for (const auto& [transfer, trains] : policies) {
    config_["transfer"] = transfer;
    const Json report = shop_.adapt(config_);
    EXPECT_EQ(trained(), (std::vector<bool>{trains, trains})) << transfer;
    std::set<std::string> groups;
    for (const Json& group : report["policy"]["phases"].back()["groups"]) groups.insert(group["name"]);
    EXPECT_TRUE(groups.contains("dense")) << transfer << ": at least its bias";
  }
  EXPECT_FALSE(at::equal(written().dense[0].bias, given()[0].bias)) << "bitfit trains biases";
}

TEST_F(DenseRuns, TheyTrainAloneOverCachedVectors) {
  config_["transfer"] = {{"phases", {{{"epochs", 3}, {"train", {"head", "dense"}}}}}};
  (void)shop_.adapt(config_);
  EXPECT_EQ(trained(), (std::vector<bool>{true, true}));
  const checkpoint::NamedTensors before = pretrained();
  for (const auto& [name, tensor] : shop_.written_encoder()) EXPECT_TRUE(at::equal(tensor, before.at(name))) << name;
  config_["head"]["type"] = "native";
  EXPECT_TRUE(holds(error_of([&] { (void)shop_.adapt(config_); }), "rule \"dense\" matches no parameter"));
}

TEST_F(DenseRuns, AWrittenCheckpointIsAnEncoderAgain) {
  (void)shop_.adapt(config_);
  const auto first = answers();
  fs::rename(shop_.path() / "out/checkpoint", shop_.path() / "tuned");
  config_["encoder"]["path"] = "tuned";
  config_["transfer"]["policy"] = "frozen";
  const Json report = shop_.adapt(config_);
  EXPECT_TRUE(report["warnings"].empty()) << report["warnings"];
  EXPECT_FALSE(report["earlier"].is_null());
  const auto dense = written().dense;
  ASSERT_EQ(dense.size(), 2U);
  const auto tuned = written("tuned").dense;
  for (std::size_t i = 0; i < 2; ++i) EXPECT_TRUE(at::equal(dense[i].weight, tuned[i].weight));
}

TEST_F(DenseRuns, TheNativeHeadDoesWithoutThem) {
  config_["head"]["type"] = "native";
  const Json report = shop_.adapt(config_);
  EXPECT_TRUE(holds(report["warnings"].dump(), "head.type native does without the Dense modules"));
  EXPECT_TRUE(written().dense.empty());
  EXPECT_TRUE(written().is_classifier);
  EXPECT_EQ(answers().front().size(), 3U);
}

TEST_F(DenseRuns, AnAdapterBringsThem) {
  config_["transfer"] = {{"policy", "lora"}};
  (void)shop_.adapt(config_);
  EXPECT_EQ(trained(), (std::vector<bool>{false, false}));
  const auto merged = answers();
  const auto apart = answers(shop_.path() / "out/adapter");
  for (std::size_t i = 0; i < merged.size(); ++i) {
    for (std::size_t j = 0; j < merged[i].size(); ++j) EXPECT_NEAR(merged[i][j], apart[i][j], 1e-5);
  }
}

TEST_F(DenseRuns, ASourceStageTunesThemToo) {
  for (const char* head : {"auto", "native"}) {
    Json config = Workshop::source_config();
    config["encoder"]["path"] = "encoder";
    config["head"]["type"] = head;
    config["transfer"]["policy"] = "frozen";
    (void)shop_.adapt(config);
    const bool native = std::string_view(head) == "native";
    EXPECT_EQ(written().dense.empty(), native);
    if (!native) {
      EXPECT_EQ(trained(), (std::vector<bool>{true, true}));
    }
    EXPECT_TRUE(shop_.adapt(config)["source"]["cache_hit"].get<bool>());
  }
  // One kind of head over an encoder that was tuned under the other.
  (void)shop_.adapt(config_);
  fs::rename(shop_.path() / "out/checkpoint", shop_.path() / "tuned");
  config_["source"] = {{"checkpoint", "tuned"}, {"keep", 1}};
  config_["transfer"]["policy"] = "frozen";
  config_["head"]["type"] = "native";
  (void)shop_.adapt(config_);
  fs::remove_all(shop_.path() / "tuned");
  fs::rename(shop_.path() / "out/checkpoint", shop_.path() / "tuned");
  config_["head"]["type"] = "auto";
  (void)shop_.adapt(config_);
  EXPECT_EQ(trained(), (std::vector<bool>{false, false}));
}

TEST_F(DenseRuns, InspectListsThemAndRandomWeightsDrawThem) {
  const runs::Inspection inspection = runs::inspect(shop_.path() / "encoder");
  const auto group = std::ranges::find(inspection.groups, std::string("dense"), &runs::GroupInfo::name);
  ASSERT_NE(group, inspection.groups.end());
  EXPECT_EQ(group->parameters, 12 * 20 + 12 + 6 * 12);
  EXPECT_TRUE(inspection.warnings.empty());
  config_["encoder"]["weights"] = "random";
  (void)shop_.adapt(config_);
  EXPECT_EQ(trained(), (std::vector<bool>{true, true}));
}

TEST_F(DenseRuns, WhatIsNotFollowedIsRefusedByName) {
  const auto error = [&] { return error_of([&] { (void)runs::inspect(shop_.path() / "encoder"); }); };
  for (const char* activation : {"torch.nn.modules.activation.Softmax", "Tanh", "mine.Tanh", "torch.tanh", ""}) {
    put("2_Dense", activation, at::ones({12, 20}), at::ones({12}));
    EXPECT_TRUE(holds(error(), concat("2_Dense/config.json: /activation_function: found \"", activation,
                                      "\", expected one of torch.nn: Tanh, Identity, GELU, ReLU, Sigmoid, SiLU")))
        << error();
  }
  put("2_Dense", kTanh, at::ones({12, 19}), at::ones({12}));
  EXPECT_TRUE(holds(error(), "2_Dense/config.json: /in_features: found 19, expected 20")) << error();
  put("2_Dense", kTanh, at::ones({11, 20}), at::ones({11}));
  EXPECT_TRUE(holds(error(), "3_Dense/config.json: /in_features: found 12, expected 11")) << error();
}

}  // namespace
