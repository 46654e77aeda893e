#include "model/families/bert.hpp"

#include "model/families/common.hpp"

namespace tt::model {
namespace {

EncoderSpec parse_bert(const std::string& config_json, const std::filesystem::path& file) {
  const ConfigReader config(config_json, file);
  if (config.text("position_embedding_type", "absolute") != "absolute") {
    config.reject("position_embedding_type", "\"absolute\"; relative positions are not supported");
  }
  if (config.flag("is_decoder", false)) config.reject("is_decoder", "false; decoders are not supported");
  EncoderSpec spec;
  spec.model_type = "bert";
  spec.vocab_size = config.integer("vocab_size", 1, kMaximalVocabulary);
  spec.hidden_size = config.integer("hidden_size", 1, kMaximalWidth);
  spec.num_hidden_layers = config.integer("num_hidden_layers", 1, kMaximalLayers);
  spec.num_attention_heads = config.integer("num_attention_heads", 1, kMaximalWidth);
  require_divisor(config, "num_attention_heads", spec.num_attention_heads, "hidden_size", spec.hidden_size);
  spec.intermediate_size = config.integer("intermediate_size", 1, kMaximalWidth);
  spec.max_position_embeddings = config.integer("max_position_embeddings", 1, kMaximalPositions);
  spec.type_vocab_size = config.integer("type_vocab_size", 1, kMaximalVocabulary, 2);
  spec.pad_token_id = config.integer("pad_token_id", 0, spec.vocab_size - 1, 0);
  spec.layer_norm_eps = config.number("layer_norm_eps", 0, 1, 1e-12);
  spec.hidden_dropout_prob = config.number("hidden_dropout_prob", 0, 1, 0.1);
  spec.attention_probs_dropout_prob = config.number("attention_probs_dropout_prob", 0, 1, 0.1);
  spec.classifier_dropout = config.number("classifier_dropout", 0, 1, spec.hidden_dropout_prob);
  spec.initializer_range = config.number("initializer_range", 0, 1, 0.02);
  spec.layer.hidden_act = parse_activation(config, "hidden_act");
  return spec;
}

}  // namespace

Family bert_family() {
  return {.model_type = "bert",
          .prefix = "bert.",
          .parse_spec = parse_bert,
          .names = {.word_embeddings = "embeddings.word_embeddings",
                    .position_embeddings = "embeddings.position_embeddings",
                    .token_type_embeddings = "embeddings.token_type_embeddings",
                    .embeddings_norm = "embeddings.LayerNorm",
                    .layers = "encoder.layer",
                    .layer = {.query = "attention.self.query",
                              .key = "attention.self.key",
                              .value = "attention.self.value",
                              .attention_output = "attention.output.dense",
                              .attention_norm = "attention.output.LayerNorm",
                              .intermediate = "intermediate.dense",
                              .output = "output.dense",
                              .output_norm = "output.LayerNorm"},
                    .head = {.dense = "pooler.dense", .dense_in_base_model = true, .linear = "classifier"}},
          .architecture = "BertForSequenceClassification",
          .legacy_suffixes = {{"LayerNorm.gamma", "LayerNorm.weight"}, {"LayerNorm.beta", "LayerNorm.bias"}},
          .ignored_suffixes = {"embeddings.position_ids", "embeddings.token_type_ids"}};
}

}  // namespace tt::model
