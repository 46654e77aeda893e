#include "support/messages.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/model/family.hpp"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

// What the families after BERT's example make of their config.json. What they compute, goldens say.

namespace tt::model {
namespace {

using nlohmann::json;
using tests::holds;

const std::filesystem::path kFile = "encoder/config.json";

/// The keys that every family here has, for a small encoder.
json small_config(const std::string& model_type) {
  return {{"model_type", model_type},     {"vocab_size", 11},         {"hidden_size", 8},
          {"num_hidden_layers", 4},       {"num_attention_heads", 2}, {"intermediate_size", 12},
          {"max_position_embeddings", 16}};
}

EncoderSpec parse(const json& config) {
  return find_family(config.at("model_type").get<std::string>(), kFile).parse_spec(config.dump(), kFile);
}

/// `changes` to the small config of `model_type`.
EncoderSpec parse(const std::string& model_type, const json& changes) {
  json config = small_config(model_type);
  config.update(changes);
  return parse(config);
}

/// Each change of one key is refused with a message that names the key and has the words.
void expect_refused(const std::string& model_type, const json& changes, const std::string& pointer,
                    const std::string& words) {
  const std::string error = tests::message_of<CheckpointError>([&] { (void)parse(model_type, changes); });
  EXPECT_TRUE(holds(error, "encoder/config.json: /" + pointer + ": found ")) << changes;
  EXPECT_TRUE(holds(error, words)) << changes;
}

/// The parameters of such an encoder by name.
std::map<std::string, ParameterKey> keys_of(const std::string& model_type, const json& changes = json::object()) {
  std::map<std::string, ParameterKey> keys;
  for (const ParameterKey& key : find_family(model_type, kFile).parameter_keys(parse(model_type, changes))) {
    keys.emplace(key.name, key);
  }
  return keys;
}

using Shape = std::vector<std::int64_t>;

TEST(RobertaSpec, CountsPlacesFromBehindThePadding) {
  for (const std::string type : {"roberta", "xlm-roberta", "camembert"}) {
    const EncoderSpec spec = parse(type, {{"type_vocab_size", 1}});
    EXPECT_EQ(spec.model_type, type);
    EXPECT_EQ(spec.pad_token_id, 1);
    EXPECT_EQ(std::get<AbsolutePositions>(spec.positions).offset, 2);
    EXPECT_EQ(spec.max_tokens(), 14);
    EXPECT_TRUE(spec.native_head.input_dropout);
    EXPECT_EQ(parse(type, {{"pad_token_id", 5}}).max_tokens(), 10);
    expect_refused(type, {{"max_position_embeddings", 2}}, "max_position_embeddings", "expected more than 2");
    expect_refused(type, {{"is_decoder", true}}, "is_decoder", "decoders are not supported");
    const auto keys = keys_of(type, {{"type_vocab_size", 1}});
    EXPECT_EQ(keys.at("embeddings.token_type_embeddings.weight").shape, (Shape{1, 8}));
    EXPECT_TRUE(keys.at("classifier.dense.weight").optional);
    EXPECT_FALSE(keys.at("classifier.dense.weight").in_base_model);
  }
}

TEST(MpnetSpec, HasABiasByDistanceThatLayersShare) {
  const EncoderSpec spec = parse("mpnet", {{"relative_attention_num_buckets", 32}});
  EXPECT_EQ(spec.max_tokens(), 14);
  EXPECT_EQ(spec.type_vocab_size, 0);
  EXPECT_EQ(spec.relative_bias->buckets, 32);
  const auto keys = keys_of("mpnet");
  const ParameterKey& bias = keys.at("encoder.relative_attention_bias.weight");
  EXPECT_EQ(bias.shape, (Shape{32, 2}));
  // Frozen with the embeddings, yet no part of what they give.
  EXPECT_EQ(bias.group, "embeddings");
  EXPECT_EQ(bias.first_use, 1);
  EXPECT_EQ(keys.at("encoder.layer.1.attention.attn.o.weight").group, "layer.1");
  expect_refused("mpnet", {{"relative_attention_num_buckets", 64}}, "relative_attention_num_buckets", "expected 32");
  expect_refused("mpnet", {{"pad_token_id", 0}}, "pad_token_id", "expected 1");
  expect_refused("mpnet", {{"max_position_embeddings", 2}}, "max_position_embeddings", "more than 2");
}

TEST(ElectraSpec, ProjectsEmbeddingsOfAnotherWidth) {
  const auto narrow = keys_of("electra", {{"embedding_size", 6}});
  EXPECT_EQ(narrow.at("embeddings.word_embeddings.weight").shape, (Shape{11, 6}));
  EXPECT_EQ(narrow.at("embeddings.LayerNorm.weight").shape, (Shape{6}));
  EXPECT_EQ(narrow.at("embeddings_project.weight").shape, (Shape{8, 6}));
  EXPECT_EQ(narrow.at("embeddings_project.weight").group, "embeddings");
  EXPECT_FALSE(keys_of("electra", {{"embedding_size", 8}}).contains("embeddings_project.weight"));
  EXPECT_EQ(parse("electra", json::object()).embedding_size, 128) << "as transformers has it";
  EXPECT_EQ(parse("electra", json::object()).native_head.activation, Activation::gelu);
  expect_refused("electra", {{"embedding_size", 0}}, "embedding_size", "a whole number from 1");
}

TEST(AlbertSpec, HasWeightsForEachGroupOfLayersAlone) {
  const auto one = keys_of("albert");
  EXPECT_TRUE(one.contains("encoder.albert_layer_groups.0.albert_layers.0.ffn.weight"));
  EXPECT_FALSE(one.contains("encoder.albert_layer_groups.1.albert_layers.0.ffn.weight"));
  EXPECT_EQ(one.at("pooler.weight").shape, (Shape{8, 8}));
  const auto two = keys_of("albert", {{"num_hidden_groups", 2}});
  const ParameterKey& second = two.at("encoder.albert_layer_groups.1.albert_layers.0.ffn.weight");
  EXPECT_EQ(second.group, "layer.2");
  EXPECT_EQ(second.first_use, 3);
  EXPECT_EQ(two.at("encoder.embedding_hidden_mapping_in.weight").shape, (Shape{8, 128}));
  const EncoderSpec spec = parse("albert", json::object());
  EXPECT_EQ(spec.layer.hidden_act, Activation::gelu_tanh);
  EXPECT_EQ(spec.hidden_dropout_prob, 0);
  EXPECT_EQ(spec.classifier_dropout, 0.1);
  EXPECT_FALSE(spec.layer.output_dropout);
  expect_refused("albert", {{"num_hidden_groups", 3}}, "num_hidden_groups", "a divisor of \"num_hidden_layers\"");
  expect_refused("albert", {{"inner_group_num", 2}}, "inner_group_num", "expected 1");
}

TEST(ModernBertSpec, ReadsOlderAndNewerFiles) {
  const EncoderSpec plain = parse("modernbert", json::object());
  EXPECT_EQ(plain.max_tokens(), 16);
  EXPECT_EQ(std::get<RotaryPositions>(plain.positions).theta, 160000);
  EXPECT_EQ(std::get<RotaryPositions>(plain.positions).local_theta, 10000);
  EXPECT_EQ(plain.local_attention->reach, 64);
  EXPECT_EQ(plain.local_attention->global_every, 3);
  EXPECT_FALSE(plain.native_head.mean);
  EXPECT_FALSE(plain.native_head.bias);
  EXPECT_EQ(plain.window(0), -1);
  EXPECT_EQ(plain.window(1), 64);
  EXPECT_EQ(plain.window(3), -1);
  const EncoderSpec older = parse("modernbert", {{"global_rope_theta", 5000.0},
                                                 {"local_rope_theta", 600.0},
                                                 {"global_attn_every_n_layers", 2},
                                                 {"local_attention", 10},
                                                 {"classifier_pooling", "mean"}});
  EXPECT_EQ(std::get<RotaryPositions>(older.positions).theta, 5000);
  EXPECT_EQ(std::get<RotaryPositions>(older.positions).local_theta, 600);
  EXPECT_EQ(older.window(1), 5);
  EXPECT_EQ(older.window(2), -1);
  EXPECT_TRUE(older.native_head.mean);
  const EncoderSpec newer = parse(
      "modernbert", {{"layer_types", {"full_attention", "sliding_attention", "full_attention", "sliding_attention"}},
                     {"rope_parameters",
                      {{"full_attention", {{"rope_theta", 5000.0}}}, {"sliding_attention", {{"rope_theta", 600.0}}}}}});
  EXPECT_EQ(std::get<RotaryPositions>(newer.positions).theta, 5000);
  EXPECT_EQ(std::get<RotaryPositions>(newer.positions).local_theta, 600);
  EXPECT_EQ(newer.local_attention->global_every, 2);
  const std::string all = "full_attention";
  EXPECT_EQ(parse("modernbert", {{"layer_types", {all, all, all, all}}}).local_attention->global_every, 1);
}

TEST(ModernBertSpec, HasNoBiasesAndAFinalNorm) {
  const auto keys = keys_of("modernbert");
  EXPECT_FALSE(keys.contains("layers.0.attn_norm.weight"));
  EXPECT_TRUE(keys.contains("layers.1.attn_norm.weight"));
  EXPECT_EQ(keys.at("layers.1.attn.Wqkv.weight").shape, (Shape{24, 8}));
  EXPECT_EQ(keys.at("layers.1.mlp.Wi.weight").shape, (Shape{24, 8}));
  EXPECT_EQ(keys.at("layers.1.mlp.Wo.weight").shape, (Shape{8, 12}));
  // What reads it first is the last layer, whose output it norms.
  EXPECT_EQ(keys.at("final_norm.weight").group, "layer.3");
  EXPECT_EQ(keys.at("final_norm.weight").first_use, 4);
  for (const auto& [name, key] : keys) EXPECT_FALSE(name.ends_with("bias")) << name;
  const auto biased = keys_of("modernbert", {{"norm_bias", true}, {"classifier_bias", true}});
  for (const std::string name : {"embeddings.norm.bias", "head.dense.bias", "head.norm.bias", "final_norm.bias"}) {
    EXPECT_TRUE(biased.contains(name)) << name;
  }
}

TEST(ModernBertSpec, RefusesWhatItDoesNotFollow) {
  const std::string type = "modernbert";
  expect_refused(type, {{"attention_bias", true}}, "attention_bias", "expected false");
  expect_refused(type, {{"mlp_bias", true}}, "mlp_bias", "expected false");
  expect_refused(type, {{"mlp_dropout", 0.1}}, "mlp_dropout", "expected 0");
  expect_refused(type, {{"attention_dropout", 0.1}}, "attention_dropout", "the same as the other");
  expect_refused(type, {{"embedding_dropout", 0.1}}, "embedding_dropout", "the same as the other");
  EXPECT_EQ(parse(type, {{"embedding_dropout", 0.1}, {"attention_dropout", 0.1}}).hidden_dropout_prob, 0.1);
  expect_refused(type, {{"classifier_pooling", "max"}}, "classifier_pooling", "\"cls\" or \"mean\"");
  expect_refused(type, {{"num_attention_heads", 8}}, "num_attention_heads", "an even part");
  expect_refused(type, {{"rope_scaling", {{"type", "linear"}}}}, "rope_scaling", "scaled rotary positions");
  expect_refused(type, {{"rope_parameters", {{"full_attention", {{"rope_type", "yarn"}}}}}},
                 "rope_parameters/full_attention/rope_type", "scaled rotary positions");
  expect_refused(type, {{"rope_parameters", {{"full_attention", {{"rope_theta", 0}}}}}},
                 "rope_parameters/full_attention/rope_theta", "a number from 1");
  const std::string all = "full_attention";
  const std::string near = "sliding_attention";
  expect_refused(type, {{"layer_types", {all, near}}}, "layer_types", "a list of 4");
  expect_refused(type, {{"layer_types", {all, near, "linear", near}}}, "layer_types/2", "\"sliding_attention\" or");
  expect_refused(type, {{"layer_types", {near, all, near, all}}}, "layer_types/0", "another pattern");
  expect_refused(type, {{"layer_types", {all, near, all, all}}}, "layer_types/3", "the first of every 2 layers");
}

TEST(NomicBertSpec, ReadsOlderAndNewerFiles) {
  const EncoderSpec newer = parse("nomic_bert", {{"rope_parameters", {{"rope_theta", 50.0}}}, {"head_dim", 4}});
  EXPECT_EQ(std::get<RotaryPositions>(newer.positions).theta, 50);
  EXPECT_EQ(newer.layer.hidden_act, Activation::silu);
  EXPECT_EQ(newer.hidden_dropout_prob, 0);
  EXPECT_TRUE(newer.layer.gated);
  const json older{{"model_type", "nomic_bert"},
                   {"vocab_size", 11},
                   {"n_embd", 8},
                   {"n_layer", 4},
                   {"n_head", 2},
                   {"n_inner", 12},
                   {"n_positions", 8192},
                   {"rotary_emb_base", 50.0},
                   {"max_trained_positions", 16},
                   {"layer_norm_epsilon", 1e-12}};
  EXPECT_EQ(fingerprint(parse(older)), fingerprint(newer));
  const auto keys = keys_of("nomic_bert");
  EXPECT_EQ(keys.at("encoder.layers.0.attn.Wqkv.weight").shape, (Shape{24, 8}));
  EXPECT_EQ(keys.at("encoder.layers.0.mlp.fc12.weight").shape, (Shape{12, 8}));
  EXPECT_FALSE(keys.at("nomic_bert.pooler.dense.weight").in_base_model);
  for (const char* flag : {"qkv_proj_bias", "mlp_fc1_bias", "prenorm", "use_rms_norm", "causal"}) {
    expect_refused("nomic_bert", {{flag, true}}, flag, "that variant is not supported");
  }
  expect_refused("nomic_bert", {{"num_experts", 8}}, "num_experts", "mixtures of experts");
  expect_refused("nomic_bert", {{"rotary_emb_fraction", 0.5}}, "rotary_emb_fraction", "expected 1");
  expect_refused("nomic_bert", {{"activation_function", "geglu"}}, "activation_function", "\"swiglu\"");
  expect_refused("nomic_bert", {{"head_dim", 6}}, "head_dim", "expected 4");
  expect_refused("nomic_bert", {{"rope_parameters", {{"rope_type", "yarn"}}}}, "rope_parameters/rope_type", "scaled");
}

TEST(DebertaV2Spec, ReadsOlderAndNewerFiles) {
  const json released{{"relative_attention", true},    {"position_buckets", 4},     {"norm_rel_ebd", "layer_norm"},
                      {"share_att_key", true},         {"pos_att_type", "p2c|c2p"}, {"max_relative_positions", -1},
                      {"position_biased_input", false}};
  const EncoderSpec spec = parse("deberta-v2", released);
  EXPECT_EQ(spec.max_tokens(), 16);
  EXPECT_EQ(spec.type_vocab_size, 0);
  EXPECT_EQ(spec.layer_norm_eps, 1e-7);
  EXPECT_TRUE(std::holds_alternative<NoPositions>(spec.positions));
  EXPECT_EQ(spec.disentangled->span, 4);
  EXPECT_EQ(spec.disentangled->max_distance, 16);
  EXPECT_EQ(spec.native_head.activation, Activation::gelu);
  json newer = released;
  newer["pos_att_type"] = {"p2c", "c2p"};
  EXPECT_EQ(fingerprint(parse("deberta-v2", newer)), fingerprint(spec));
  const auto keys = keys_of("deberta-v2", released);
  EXPECT_EQ(keys.at("encoder.rel_embeddings.weight").shape, (Shape{8, 8}));
  EXPECT_EQ(keys.at("encoder.rel_embeddings.weight").group, "embeddings");
  EXPECT_EQ(keys.at("encoder.rel_embeddings.weight").first_use, 1) << "no part of what the embeddings give";
  EXPECT_EQ(keys.at("encoder.LayerNorm.bias").shape, (Shape{8}));
  EXPECT_FALSE(keys.contains("embeddings.position_embeddings.weight"));
  EXPECT_FALSE(keys.contains("embeddings.token_type_embeddings.weight"));
  EXPECT_FALSE(keys.contains("encoder.layer.0.attention.self.pos_key_proj.weight"));
  EXPECT_FALSE(keys.at("pooler.dense.weight").in_base_model);
}

TEST(DebertaV2Spec, PlacesMayHaveProjectionsOfTheirOwn) {
  const json other{{"relative_attention", true}, {"pos_att_type", {"c2p"}}, {"embedding_size", 6},
                   {"type_vocab_size", 3},       {"pooler_dropout", 0.2},   {"cls_dropout", 0.3},
                   {"max_relative_positions", 5}};
  const EncoderSpec spec = parse("deberta-v2", other);
  EXPECT_EQ(spec.disentangled->max_distance, 0);
  EXPECT_EQ(spec.native_head.own_dropout, 0.2);
  EXPECT_EQ(spec.classifier_dropout, 0.3);
  const auto keys = keys_of("deberta-v2", other);
  EXPECT_EQ(keys.at("encoder.rel_embeddings.weight").shape, (Shape{10, 8}));
  EXPECT_FALSE(keys.contains("encoder.LayerNorm.weight"));
  EXPECT_TRUE(keys.contains("encoder.layer.0.attention.self.pos_key_proj.bias"));
  EXPECT_FALSE(keys.contains("encoder.layer.0.attention.self.pos_query_proj.weight"));
  EXPECT_EQ(keys.at("embeddings.position_embeddings.weight").shape, (Shape{16, 6}));
  EXPECT_EQ(keys.at("embeddings.embed_proj.weight").shape, (Shape{8, 6}));
  EXPECT_FALSE(keys.contains("embeddings.embed_proj.bias"));
  EXPECT_EQ(keys.at("embeddings.LayerNorm.weight").shape, (Shape{8}));
}

TEST(DebertaV2Spec, RefusesWhatItDoesNotFollow) {
  const std::string type = "deberta-v2";
  expect_refused(type, {{"conv_kernel_size", 3}}, "conv_kernel_size", "a convolution behind the first layer");
  expect_refused(type, {{"attention_head_size", 3}}, "attention_head_size", "expected 4");
  expect_refused(type, {{"pooler_hidden_size", 9}}, "pooler_hidden_size", "expected 8");
  expect_refused(type, {{"pos_att_type", "p2c"}}, "pos_att_type", "none where \"relative_attention\" is false");
  expect_refused(type, {{"relative_attention", true}}, "relative_attention", "\"c2p\", \"p2c\" or both");
  expect_refused(type, {{"relative_attention", true}, {"pos_att_type", "p2p"}}, "pos_att_type", "\"c2p\", \"p2c\"");
  const json placed{{"relative_attention", true}, {"pos_att_type", "c2p"}};
  for (const int buckets : {1, 30}) {
    json wrong = placed;
    wrong["position_buckets"] = buckets;
    expect_refused(type, wrong, "position_buckets", "half of it less than 15");
  }
}

}  // namespace
}  // namespace tt::model
