#include "runs/workshop.hpp"
#include "transfer_tune/checkpoint/safetensors.hpp"
#include "transfer_tune/core/error.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using namespace tt;
using namespace tt::tests;

constexpr const char* kQueryA = "base_model.model.encoder.layer.1.attention.self.query.lora_A.weight";

class Lora : public testing::Test {
 protected:
  Lora() {
    config_["transfer"] = {{"policy", "lora"}, {"lora", {{"r", 4}, {"lora_alpha", 8}}}};
    config_["training"]["learning_rate"] = 5e-2;
  }

  [[nodiscard]] runs::Predictor predictor(const fs::path& adapter, const fs::path& checkpoint = {}) const {
    runs::ModelOptions options;
    options.adapter = adapter;
    options.checkpoint = checkpoint;
    options.threads = 1;
    return runs::Predictor(options);
  }

  /// The largest difference between the logits of the written checkpoint and of the adapter on its encoder.
  [[nodiscard]] double distance() const {
    const std::vector<std::string_view> texts{"my card is lost please", "send money", "what is my balance now"};
    const auto merged = workshop_.predictor().predict(texts);
    const auto apart = predictor(workshop_.path() / "out").predict(texts);
    double largest = 0;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      for (std::size_t label = 0; label < merged[i].logits.size(); ++label) {
        largest = std::max(largest, std::abs(static_cast<double>(merged[i].logits[label] - apart[i].logits[label])));
      }
      EXPECT_EQ(merged[i].label, apart[i].label);
    }
    return largest;
  }

  /// What loading the adapter says once `change` has been made to its tensors.
  std::string error_with(const std::function<void(checkpoint::NamedTensors&)>& change) const {
    const fs::path file = workshop_.path() / "out/adapter/adapter_model.safetensors";
    checkpoint::NamedTensors tensors;
    for (const auto& [name, tensor] : checkpoint::read_safetensors(file)) tensors[name] = tensor.clone();
    checkpoint::NamedTensors changed = tensors;
    change(changed);
    checkpoint::write_safetensors(file, changed);
    std::string error = error_of([&] { (void)predictor(workshop_.path() / "out"); });
    checkpoint::write_safetensors(file, tensors);
    return error;
  }

  /// The same of adapter_config.json.
  std::string error_with_setting(const std::string& key, const Json& value) const {
    const std::string text = workshop_.read("out/adapter/adapter_config.json");
    Json json = Json::parse(text);
    json[key] = value;
    workshop_.write("out/adapter/adapter_config.json", json.dump());
    std::string error = error_of([&] { (void)predictor(workshop_.path() / "out"); });
    workshop_.write("out/adapter/adapter_config.json", text);
    return error;
  }

  Workshop workshop_;
  Json config_ = Workshop::config();
};

TEST_F(Lora, TrainsAdaptersAndWritesThemMergedAndBeside) {
  const Json report = workshop_.adapt(config_);
  const Json& policy = report["policy"];
  EXPECT_EQ(policy["name"], "lora");
  EXPECT_EQ(policy["trainable_parameters"], 3 * 2 * (4 * 20 + 20 * 4) + 3 * 20 + 3);
  const checkpoint::NamedTensors before = pretrained();
  for (const auto& [name, tensor] : workshop_.written_encoder()) {
    const bool target = holds(name, "query.weight") || holds(name, "value.weight");
    EXPECT_EQ(at::equal(tensor, before.at(name)), !target) << name;
  }
  EXPECT_LE(distance(), 1e-5);
  const Json written = Json::parse(workshop_.read("out/adapter/adapter_config.json"));
  EXPECT_EQ(written["peft_type"], "LORA");
  EXPECT_EQ(written["task_type"], "FEATURE_EXTRACTION");
  EXPECT_EQ(written["base_model_name_or_path"], tiny_bert().string());
  EXPECT_EQ(written["target_modules"].size(), 6U);
}

TEST_F(Lora, GivesTheSameBitsAgain) {
  (void)workshop_.adapt(config_);
  const std::string first = workshop_.read("out/adapter/adapter_model.safetensors");
  (void)workshop_.adapt(config_);
  EXPECT_EQ(workshop_.read("out/adapter/adapter_model.safetensors"), first);
  config_["transfer"] = {{"policy", "full"}};
  (void)workshop_.adapt(config_);
  EXPECT_FALSE(fs::exists(workshop_.path() / "out/adapter")) << "left from the run that was overwritten";
}

TEST_F(Lora, BringsTheFamilysOwnHead) {
  config_["head"]["type"] = "native";
  (void)workshop_.adapt(config_);
  EXPECT_LE(distance(), 1e-5);
  const Json written = Json::parse(workshop_.read("out/adapter/adapter_config.json"));
  EXPECT_EQ(written["task_type"], "SEQ_CLS");
  EXPECT_EQ(written["modules_to_save"], (Json{"pooler.dense", "classifier"}));
}

TEST_F(Lora, GoesWithPhasesAndEightBitLayers) {
  config_["transfer"] = {
      {"phases", {{{"epochs", 1}, {"train", {"head", "layer.last-1"}}}, {{"epochs", 1}, {"train", {"*.lora_*"}}}}},
      {"lora", {{"target_modules", {"key", "*.output.dense"}}}}};
  config_["training"]["frozen_int8"] = true;
  const Json report = workshop_.adapt(config_);
  EXPECT_TRUE(holds(report["warnings"].dump(), "no adapter was written, only the whole checkpoint"))
      << report["warnings"];
  EXPECT_FALSE(fs::exists(workshop_.path() / "out/adapter"));
}

TEST_F(Lora, WritesNoAdapterForWeightsThatAreNowhere) {
  config_["source"] = {{"train", "retail.csv"}, {"label_column", "intent"}, {"keep", 0.5}};
  EXPECT_TRUE(holds(workshop_.adapt(config_)["warnings"].dump(), "no adapter was written"));
  config_["source"]["keep"] = 0;
  config_["output"]["adapter"] = false;
  EXPECT_FALSE(holds(workshop_.adapt(config_)["warnings"].dump(), "no adapter was written"));
  EXPECT_FALSE(fs::exists(workshop_.path() / "out/adapter"));
}

TEST_F(Lora, RefusesWhatDoesNotFit) {
  (void)workshop_.adapt(config_);
  const std::string missing = error_with([](checkpoint::NamedTensors& tensors) { tensors.erase(kQueryA); });
  EXPECT_TRUE(holds(missing, "4: ")) << missing;
  EXPECT_TRUE(holds(missing, "adapter_model.safetensors: the adapter does not fit")) << missing;
  EXPECT_TRUE(holds(missing, "encoder.layer.1.attention.self.query.lora_A.weight is missing")) << missing;
  const std::string shape = error_with([](checkpoint::NamedTensors& tensors) {
    tensors[kQueryA] = at::zeros({4, 21});
  });
  EXPECT_TRUE(holds(shape, "query.lora_A.weight has shape [4, 21]; expected [4, 20]")) << shape;
  const std::string unknown = error_with([](checkpoint::NamedTensors& tensors) {
    tensors["base_model.model.encoder.layer.7.output.dense.weight"] = at::zeros({1});
  });
  EXPECT_TRUE(holds(unknown, "encoder.layer.7.output.dense.weight is none of the encoder's")) << unknown;
  const std::string infinite = error_with([](checkpoint::NamedTensors& tensors) {
    tensors[kQueryA] = at::full({4, 20}, INFINITY);
  });
  EXPECT_TRUE(holds(infinite, kQueryA)) << infinite;
  const std::string both = error_with([](checkpoint::NamedTensors& tensors) {
    for (const char* part : {"lora_A", "lora_B"})
      tensors.erase(concat("base_model.model.encoder.layer.1.attention.self.query.", part, ".weight"));
  });
  EXPECT_TRUE(holds(both, "query.lora_A.weight is missing; adapter_config.json names its module")) << both;
  EXPECT_TRUE(holds(error_with_setting("peft_type", "IA3"), "/peft_type: found \"IA3\", expected \"LORA\""));
  EXPECT_TRUE(holds(error_with_setting("use_dora", true), "/use_dora: found true, expected none"));
  EXPECT_TRUE(holds(error_with_setting("r", "8"), "adapter_config.json: /r"));
  EXPECT_TRUE(holds(error_with_setting("base_model_name_or_path", "org/model"),
                    "org/model: no directory of that name, and the hub's cache, "));
  EXPECT_TRUE(holds(error_of([&] { (void)predictor(workshop_.path() / "out", workshop_.path() / "out/checkpoint"); }),
                    "expected the encoder that the adapter was trained on"));
  EXPECT_EQ(error_of([&] { (void)predictor(workshop_.path() / "out/adapter", tiny_bert()); }), "");
  EXPECT_TRUE(holds(error_of([&] { (void)runs::inspect(workshop_.path() / "out/adapter"); }), "a PEFT adapter"));
}

TEST_F(Lora, IsSeenBeforeItTrains) {
  const runs::Inspection inspection = runs::inspect(workshop_.load(config_));
  ASSERT_EQ(inspection.phases.size(), 1U);
  EXPECT_EQ(inspection.phases[0].trainable_parameters, 3 * 2 * (4 * 20 + 20 * 4) + 3 * 20 + 3);
  config_["transfer"]["lora"]["target_modules"] = {"q_lin"};
  EXPECT_TRUE(holds(error_of([&] { (void)runs::inspect(workshop_.load(config_)); }),
                    "2: /transfer/lora/target_modules: found \"q_lin\""));
  config_["transfer"] = {{"policy", "bitfit"}};
  constexpr std::int64_t biases = 3 * (4 * 20 + 28 + 20 + 2 * 20) + 20;  // linear modules and norms of each layer
  EXPECT_EQ(runs::inspect(workshop_.load(config_)).phases[0].trainable_parameters, biases + std::int64_t{3 * 20 + 3});
}

TEST_F(Lora, BitfitChangesBiasesAlone) {
  config_["transfer"] = {{"policy", "bitfit"}};
  (void)workshop_.adapt(config_);
  const checkpoint::NamedTensors before = pretrained();
  for (const auto& [name, tensor] : workshop_.written_encoder()) {
    const bool trained = name.ends_with(".bias") && !holds(name, "pooler");
    EXPECT_EQ(at::equal(tensor, before.at(name)), !trained) << name;
  }
}

}  // namespace
