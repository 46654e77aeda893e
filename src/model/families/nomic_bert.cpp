#include "model/families/nomic_bert.hpp"

#include "model/families/common.hpp"
#include "transfer_tune/core/text.hpp"

namespace tt::model {
namespace {

/// The setting `key`, or, in files of before transformers knew the family, `older`.
std::int64_t size(const ConfigReader& config, const char* key, const char* older, std::int64_t maximum,
                  std::optional<std::int64_t> when_absent = std::nullopt) {
  const bool is_older = !config.root().has(key) && config.root().has(older);
  return config.integer(is_older ? older : key, 1, maximum, when_absent);
}

double probability(const ConfigReader& config, const char* key, const char* older) {
  return config.number(key, 0, 1, config.number(older, 0, 1, 0));
}

/// What older files may ask for, and neither transformers nor this computes.
void refuse_variants(const ConfigReader& config) {
  for (const char* key : {"qkv_proj_bias", "mlp_fc1_bias", "mlp_fc2_bias", "prenorm", "use_rms_norm", "parallel_block",
                          "rotary_emb_interleaved", "causal"}) {
    if (config.flag(key, false)) config.reject(key, "false; that variant is not supported");
  }
  if (config.root().has("num_experts") && config.integer("num_experts", 0, kMaximalWidth) > 0) {
    config.reject("num_experts", "0; mixtures of experts are not supported");
  }
  if (config.number("rotary_emb_fraction", 0, 1, 1) != 1) {
    config.reject("rotary_emb_fraction", "1; encoders that turn a part of each head are not supported");
  }
  const std::string activation = config.text("activation_function", "swiglu");
  if (activation != "swiglu") config.reject("activation_function", "\"swiglu\"");
}

double theta(const ConfigReader& config) {
  const double older = config.number("rotary_emb_base", 1, kMaximalTheta, 1000);
  if (!config.root().has("rope_parameters")) return older;
  return rope_theta(config.root().at("rope_parameters").object(), older);
}

EncoderSpec parse_nomic_bert(const std::string& config_json, const std::filesystem::path& file) {
  const ConfigReader config(config_json, file);
  refuse_variants(config);
  EncoderSpec spec;
  spec.model_type = "nomic_bert";
  spec.vocab_size = config.integer("vocab_size", 1, kMaximalVocabulary);
  spec.hidden_size = size(config, "hidden_size", "n_embd", kMaximalWidth);
  spec.num_hidden_layers = size(config, "num_hidden_layers", "n_layer", kMaximalLayers);
  spec.num_attention_heads = size(config, "num_attention_heads", "n_head", kMaximalWidth);
  const char* heads = config.root().has("num_attention_heads") ? "num_attention_heads" : "n_head";
  require_divisor(config, heads, spec.num_attention_heads, "hidden_size", spec.hidden_size);
  require_even_heads(config, spec, heads);
  if (config.integer("head_dim", 1, kMaximalWidth, spec.head_dim()) != spec.head_dim()) {
    config.reject("head_dim", concat(spec.head_dim(), ", a head's part of \"hidden_size\""));
  }
  spec.intermediate_size = size(config, "intermediate_size", "n_inner", kMaximalWidth);
  // Beyond the places that it was trained with, its first code turned by other angles.
  spec.max_position_embeddings =
      size(config, "max_position_embeddings", "max_trained_positions", kMaximalPositions, 2048);
  spec.type_vocab_size = config.integer("type_vocab_size", 1, kMaximalVocabulary, 2);
  spec.pad_token_id = config.integer("pad_token_id", 0, spec.vocab_size - 1, 0);
  spec.layer_norm_eps = config.number("layer_norm_eps", 0, 1, config.number("layer_norm_epsilon", 0, 1, 1e-12));
  spec.hidden_dropout_prob = probability(config, "hidden_dropout_prob", "resid_pdrop");
  spec.attention_probs_dropout_prob = probability(config, "attention_probs_dropout_prob", "attn_pdrop");
  spec.classifier_dropout = config.number("classifier_dropout", 0, 1, spec.hidden_dropout_prob);
  spec.initializer_range = config.number("initializer_range", 0, 1, 0.02);
  const double angles = theta(config);
  spec.positions = RotaryPositions{angles, angles};
  spec.layer = {.hidden_act = parse_activation(config, "hidden_act", "silu"), .gated = true, .biases = false};
  return spec;
}

}  // namespace

Family nomic_bert_family() {
  return {.model_type = "nomic_bert",
          .prefix = "nomic_bert.",
          .parse_spec = parse_nomic_bert,
          .names = {.word_embeddings = "embeddings.word_embeddings",
                    .token_type_embeddings = "embeddings.token_type_embeddings",
                    .embeddings_norm = "emb_ln",
                    .layers = "encoder.layers",
                    .layer = {.query = "attn.Wqkv",
                              .key = "",  // all three in one
                              .value = "",
                              .attention_output = "attn.out_proj",
                              .attention_norm = "norm1",
                              .gate = "mlp.fc12",
                              .intermediate = "mlp.fc11",
                              .output = "mlp.fc2",
                              .output_norm = "norm2"},
                    // Below the base model's name, but of its classifier alone: an encoder by itself has no pooler.
                    .head = {.dense = "nomic_bert.pooler.dense", .linear = "classifier"}},
          .architecture = "NomicBertForSequenceClassification",
          .ignored_suffixes = {"embeddings.position_ids", "embeddings.token_type_ids", "inv_freq"}};
}

}  // namespace tt::model
