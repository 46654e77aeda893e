#include "transfer_tune/model/family.hpp"
#include "support/messages.hpp"

#include "transfer_tune/checkpoint/directory.hpp"
#include "transfer_tune/core/error.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

namespace tt::model {
namespace {

namespace fs = std::filesystem;
using checkpoint::NamedTensors;
using nlohmann::json;
using tests::holds;

const fs::path kFile = "encoder/config.json";

json small_config() {
  return {{"model_type", "bert"},          {"vocab_size", 11},         {"hidden_size", 8},
          {"num_hidden_layers", 2},        {"num_attention_heads", 2}, {"intermediate_size", 12},
          {"max_position_embeddings", 16}, {"type_vocab_size", 2}};
}

const Family& bert() { return find_family("bert", kFile); }

EncoderSpec parse(const json& config) { return bert().parse_spec(config.dump(), kFile); }

std::string parse_error(const json& config) {
  return tests::message_of<CheckpointError>([&] { (void)parse(config); });
}

/// Every tensor of the small encoder, under the names `prefix` + the family's, each filled with its own number.
NamedTensors small_tensors(const std::string& prefix = "") {
  NamedTensors tensors;
  for (const ParameterKey& key : bert().parameter_keys(parse(small_config()))) {
    tensors[prefix + key.name] = at::full(key.shape, static_cast<double>(tensors.size()), at::kFloat);
  }
  return tensors;
}

MatchedTensors match(const NamedTensors& tensors) {
  return match_tensors(bert(), parse(small_config()), tensors, "encoder/model.safetensors");
}

std::string match_error(const NamedTensors& tensors) {
  return tests::message_of<CheckpointError>([&] { (void)match(tensors); });
}

void expect_whole_encoder(const MatchedTensors& matched) {
  const NamedTensors expected = small_tensors();
  ASSERT_EQ(matched.encoder.size(), expected.size());
  for (const auto& [name, tensor] : expected) EXPECT_TRUE(at::equal(matched.encoder.at(name), tensor)) << name;
}

TEST(Families, AreFoundByTheirModelType) {
  for (const Family& family : families()) EXPECT_EQ(&find_family(family.model_type, kFile), &family);
}

TEST(Families, AnUnsupportedTypeListsTheSupportedOnes) {
  const std::string message = tests::message_of<CheckpointError>([&] { (void)find_family("gpt\n2", kFile); });
  EXPECT_TRUE(holds(message, "encoder/config.json: \"model_type\" is \"gpt\\n2\""));
  EXPECT_TRUE(holds(message, "supported: bert"));
}

TEST(BertSpec, ReadsEveryKey) {
  json config = small_config();
  config["pad_token_id"] = 3;
  config["layer_norm_eps"] = 1e-5;
  config["hidden_dropout_prob"] = 0.2;
  config["attention_probs_dropout_prob"] = 0;
  config["initializer_range"] = 0.5;
  const EncoderSpec spec = parse(config);
  EXPECT_EQ(spec.model_type, "bert");
  EXPECT_EQ(spec.vocab_size, 11);
  EXPECT_EQ(spec.hidden_size, 8);
  EXPECT_EQ(spec.num_hidden_layers, 2);
  EXPECT_EQ(spec.num_attention_heads, 2);
  EXPECT_EQ(spec.intermediate_size, 12);
  EXPECT_EQ(spec.max_position_embeddings, 16);
  EXPECT_EQ(spec.type_vocab_size, 2);
  EXPECT_EQ(spec.pad_token_id, 3);
  EXPECT_EQ(spec.layer_norm_eps, 1e-5);
  EXPECT_EQ(spec.hidden_dropout_prob, 0.2);
  EXPECT_EQ(spec.attention_probs_dropout_prob, 0);
  EXPECT_EQ(spec.classifier_dropout, 0.2) << "what hidden_dropout_prob says";
  EXPECT_EQ(spec.initializer_range, 0.5);
  EXPECT_EQ(spec.layer.hidden_act, Activation::gelu);
  config["classifier_dropout"] = nullptr;
  EXPECT_EQ(parse(config).classifier_dropout, 0.2);
  config["classifier_dropout"] = 0.4;
  EXPECT_EQ(parse(config).classifier_dropout, 0.4);
}

TEST(BertSpec, NamesOfActivations) {
  const std::map<std::string, Activation> names{
      {"gelu", Activation::gelu},           {"gelu_python", Activation::gelu},
      {"gelu_new", Activation::gelu_tanh},  {"gelu_pytorch_tanh", Activation::gelu_tanh},
      {"gelu_fast", Activation::gelu_tanh}, {"relu", Activation::relu},
      {"silu", Activation::silu},           {"swish", Activation::silu}};
  json config = small_config();
  for (const auto& [name, activation] : names) {
    config["hidden_act"] = name;
    EXPECT_EQ(parse(config).layer.hidden_act, activation) << name;
  }
}

TEST(BertSpec, ErrorsNameTheFileTheKeyAndWhatWasFound) {
  struct Case {
    std::string key;
    json value;
    std::string message;
  };
  const std::vector<Case> cases{
      {"hidden_act", "mish", "expected gelu"},
      {"hidden_act", 3, "expected a string"},
      {"position_embedding_type", "relative_key", "relative positions are not supported"},
      {"is_decoder", true, "decoders are not supported"},
      {"is_decoder", "no", "expected true or false"},
      {"num_attention_heads", 3, "expected a divisor of \"hidden_size\", which is 8"},
      {"num_attention_heads", 0, "expected a whole number from 1"},
      {"hidden_size", 0, "expected a whole number from 1"},
      {"hidden_size", -8, "found -8, "},
      {"hidden_size", 8.0, "expected a whole number"},
      {"hidden_size", "8", "expected a whole number"},
      {"hidden_size", true, "expected a whole number"},
      {"hidden_size", std::int64_t{1} << 40, "expected a whole number from 1"},
      {"num_hidden_layers", 1'000'000'000, "expected a whole number from 1"},
      {"vocab_size", ~std::uint64_t{0}, "expected a whole number from 1"},
      {"max_position_embeddings", json::array(), "expected a whole number"},
      {"pad_token_id", 11, "expected a whole number from 0 to 10"},
      {"layer_norm_eps", -1, "expected a number from 0"},
      {"layer_norm_eps", "1e-12", "expected a number"},
      {"hidden_dropout_prob", 1.5, "expected a number from 0 to 1"},
      {"classifier_dropout", -0.1, "expected a number from 0 to 1"},
  };
  for (const Case& wrong : cases) {
    json config = small_config();
    config[wrong.key] = wrong.value;
    const std::string error = parse_error(config);
    EXPECT_TRUE(holds(error, "encoder/config.json: /" + wrong.key + ": found "));
    EXPECT_TRUE(holds(error, wrong.message));
  }
}

TEST(BertSpec, KeysThatMustBeThere) {
  for (const std::string key : {"vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads",
                                "intermediate_size", "max_position_embeddings"}) {
    json config = small_config();
    config.erase(key);
    EXPECT_TRUE(holds(parse_error(config), "encoder/config.json: /: has no \"" + key + "\""));
    config[key] = nullptr;
    EXPECT_TRUE(holds(parse_error(config), "encoder/config.json: /" + key + ": found null, expected a whole number"));
  }
}

TEST(BertKeys, NamesGroupsAndFirstUses) {
  const std::vector<ParameterKey> keys = bert().parameter_keys(parse(small_config()));
  std::map<std::string, ParameterKey> by_name;
  std::map<std::string, int> groups;
  for (const ParameterKey& key : keys) {
    EXPECT_TRUE(by_name.emplace(key.name, key).second) << key.name;
    EXPECT_EQ(key.first_use, key.group == "embeddings" ? 0
                             : key.group == "layer.0"  ? 1
                             : key.group == "layer.1"  ? 2
                                                       : 3);
    EXPECT_EQ(key.by_token, key.name == "embeddings.word_embeddings.weight");
    EXPECT_TRUE(key.in_base_model);
    EXPECT_EQ(key.initial, key.name.ends_with(".bias")              ? Initial::zeros
                           : key.name.ends_with("LayerNorm.weight") ? Initial::ones
                                                                    : Initial::normal);
    EXPECT_EQ(key.optional, key.group == "pooler") << key.name;
    ++groups[key.group];
  }
  EXPECT_EQ(groups, (std::map<std::string, int>{{"embeddings", 5}, {"layer.0", 16}, {"layer.1", 16}, {"pooler", 2}}));
  EXPECT_EQ(keys.front().name, "embeddings.word_embeddings.weight");
  EXPECT_EQ(keys.back().name, "pooler.dense.bias");
  EXPECT_EQ(by_name.at("encoder.layer.1.intermediate.dense.weight").shape, (std::vector<std::int64_t>{12, 8}));
  EXPECT_EQ(by_name.at("encoder.layer.1.output.dense.weight").shape, (std::vector<std::int64_t>{8, 12}));
  EXPECT_EQ(by_name.at("encoder.layer.0.attention.output.LayerNorm.bias").shape, (std::vector<std::int64_t>{8}));
}

TEST(MatchTensors, WithAndWithoutPrefixOrInAWrapper) {
  for (const std::string prefix : {"", "bert.", "model.bert.", "module.", "0.auto_model."}) {
    NamedTensors tensors = small_tensors(prefix);
    tensors["classifier.weight"] = at::ones({3, 8});
    const MatchedTensors matched = match(tensors);
    expect_whole_encoder(matched);
    EXPECT_EQ(matched.others.size(), 1U) << prefix;
    EXPECT_TRUE(matched.others.contains("classifier.weight"));
    EXPECT_TRUE(matched.missing.empty());
  }
}

TEST(MatchTensors, LegacyNamesOfLayerNorm) {
  NamedTensors legacy;
  for (const auto& [name, tensor] : small_tensors("bert.")) {
    std::string renamed = name;
    if (name.ends_with("LayerNorm.weight")) renamed.replace(name.size() - 6, 6, "gamma");
    if (name.ends_with("LayerNorm.bias")) renamed.replace(name.size() - 4, 4, "beta");
    legacy[renamed] = tensor;
  }
  ASSERT_TRUE(legacy.contains("bert.embeddings.LayerNorm.gamma"));
  legacy["cls.predictions.transform.LayerNorm.gamma"] = at::ones({8});
  const MatchedTensors matched = match(legacy);
  expect_whole_encoder(matched);
  EXPECT_TRUE(matched.others.contains("cls.predictions.transform.LayerNorm.gamma")) << "under the file's own name";

  legacy["bert.embeddings.LayerNorm.weight"] = at::ones({8});
  EXPECT_TRUE(holds(match_error(legacy), "same parameter under an old and a new name"));
}

TEST(MatchTensors, BuffersAreLeftOut) {
  NamedTensors tensors = small_tensors("bert.");
  tensors["bert.embeddings.position_ids"] = at::arange(16).reshape({1, 16});
  tensors["bert.embeddings.token_type_ids"] = at::zeros({1, 16}, at::kLong);
  tensors["my_embeddings.position_ids"] = at::zeros({1});
  const MatchedTensors matched = match(tensors);
  ASSERT_EQ(matched.others.size(), 1U);
  EXPECT_EQ(matched.others.begin()->first, "my_embeddings.position_ids");
}

TEST(MatchTensors, AMissingPoolerIsReported) {
  NamedTensors tensors = small_tensors();
  tensors.erase("pooler.dense.weight");
  EXPECT_EQ(match(tensors).missing, (std::vector<std::string>{"pooler.dense.weight"}));
  tensors.erase("pooler.dense.bias");
  EXPECT_EQ(match(tensors).missing, (std::vector<std::string>{"pooler.dense.weight", "pooler.dense.bias"}));
}

TEST(MatchTensors, EveryProblemIsListed) {
  NamedTensors tensors = small_tensors("bert.");
  tensors.erase("bert.embeddings.LayerNorm.bias");
  tensors.erase("bert.encoder.layer.1.output.dense.weight");
  tensors["bert.encoder.layer.0.attention.self.key.weight"] = at::ones({8, 7});
  tensors["bert.encoder.layer.0.attention.self.key.bias"] = at::ones({8}, at::kChar);
  tensors["bert.pooler.dense.bias"] = at::ones({9});
  const std::string error = match_error(tensors);
  EXPECT_TRUE(holds(error, "encoder/model.safetensors: the weights do not fit"));
  EXPECT_TRUE(holds(error, "embeddings.LayerNorm.bias is missing"));
  EXPECT_TRUE(holds(error, "encoder.layer.1.output.dense.weight is missing"));
  EXPECT_TRUE(
      holds(error, "bert.encoder.layer.0.attention.self.key.weight has shape [8, 7]; config.json asks for [8, 8]"));
  EXPECT_TRUE(holds(error, "bert.encoder.layer.0.attention.self.key.bias is Char; expected F32, F16, BF16 or F64"));
  EXPECT_TRUE(holds(error, "bert.pooler.dense.bias has shape [9]"));
  EXPECT_EQ(std::count(error.begin(), error.end(), '\n'), 5);
}

TEST(MatchTensors, AMissingWordTableDoesNotHideTheRest) {
  NamedTensors tensors = small_tensors();
  tensors.erase("embeddings.word_embeddings.weight");
  const std::string error = match_error(tensors);
  EXPECT_TRUE(holds(error, "embeddings.word_embeddings.weight is missing"));
  EXPECT_EQ(std::count(error.begin(), error.end(), '\n'), 1);
}

TEST(MatchTensors, NothingOfTheEncoderIsAnError) {
  EXPECT_TRUE(holds(match_error({}), "embeddings.word_embeddings.weight is missing"));
  EXPECT_TRUE(holds(match_error({{"transformer.wte.weight", at::ones({11, 8})}}), "is missing"));
}

TEST(MatchTensors, HalfPrecisionIsAcceptedAndEightBitsAreNot) {
  for (const at::ScalarType type : {at::kHalf, at::kBFloat16, at::kDouble}) {
    NamedTensors tensors = small_tensors();
    for (auto& [name, tensor] : tensors) tensor = tensor.to(type);
    EXPECT_EQ(match(tensors).encoder.begin()->second.scalar_type(), type);
  }
  NamedTensors eight_bits = small_tensors();
  for (auto& [name, tensor] : eight_bits) tensor = tensor.to(at::kFloat8_e4m3fn);
  EXPECT_TRUE(holds(match_error(eight_bits), "expected F32, F16, BF16 or F64"));
}

TEST(MatchTensors, TheFullestOfSeveralEncodersIsTaken) {
  NamedTensors tensors = small_tensors("student.");
  tensors["bert.embeddings.word_embeddings.weight"] = at::ones({11, 8});
  const MatchedTensors matched = match(tensors);
  expect_whole_encoder(matched);
  EXPECT_TRUE(matched.others.contains("bert.embeddings.word_embeddings.weight"));
}

TEST(MatchTensors, TheRealMiniLmIsUsedWhole) {
  const fs::path directory = fs::path(TT_SOURCE_DIR) / ".deps/encoders/all-MiniLM-L6-v2";
  if (!fs::exists(directory)) GTEST_SKIP() << directory << " is absent; scripts/setup fetches it";
  const checkpoint::EncoderDirectory read = checkpoint::read_directory(directory);
  const Family& family = find_family(read.model_type, directory);
  const EncoderSpec spec = family.parse_spec(read.config_json, directory);
  const MatchedTensors matched = match_tensors(family, spec, read.tensors, directory);
  EXPECT_EQ(matched.encoder.size(), 103U);
  EXPECT_TRUE(matched.others.empty());
  EXPECT_TRUE(matched.missing.empty());
}

}  // namespace
}  // namespace tt::model
