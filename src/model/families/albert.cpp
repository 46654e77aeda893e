#include "model/families/albert.hpp"

#include "model/families/common.hpp"

namespace tt::model {
namespace {

EncoderSpec parse_albert(const std::string& config_json, const std::filesystem::path& file) {
  const ConfigReader config(config_json, file);
  EncoderSpec spec = bert_like_spec(config, "albert");
  spec.embedding_size = config.integer("embedding_size", 1, kMaximalWidth, 128);
  spec.projection = Projection::after_norm;
  spec.layer_groups = config.integer("num_hidden_groups", 1, kMaximalLayers, 1);
  require_divisor(config, "num_hidden_groups", spec.layer_groups, "num_hidden_layers", spec.num_hidden_layers);
  if (config.integer("inner_group_num", 1, kMaximalLayers, 1) != 1) {
    config.reject("inner_group_num", "1; groups of several layers are not supported");
  }
  // ALBERT's own defaults are others than BERT's.
  spec.hidden_dropout_prob = config.number("hidden_dropout_prob", 0, 1, 0);
  spec.attention_probs_dropout_prob = config.number("attention_probs_dropout_prob", 0, 1, 0);
  spec.classifier_dropout = config.number("classifier_dropout_prob", 0, 1, 0.1);
  spec.layer.hidden_act = parse_activation(config, "hidden_act", "gelu_new");
  spec.layer.output_dropout = false;
  return spec;
}

ModuleNames names() {
  ModuleNames names = bert_names({.dense = "pooler", .dense_in_base_model = true, .linear = "classifier"});
  names.embeddings_projection = "encoder.embedding_hidden_mapping_in";
  names.layers = "encoder.albert_layer_groups";
  names.layer = {.query = "albert_layers.0.attention.query",
                 .key = "albert_layers.0.attention.key",
                 .value = "albert_layers.0.attention.value",
                 .attention_output = "albert_layers.0.attention.dense",
                 .attention_norm = "albert_layers.0.attention.LayerNorm",
                 .intermediate = "albert_layers.0.ffn",
                 .output = "albert_layers.0.ffn_output",
                 .output_norm = "albert_layers.0.full_layer_layer_norm"};
  return names;
}

}  // namespace

Family albert_family() {
  return {.model_type = "albert",
          .prefix = "albert.",
          .parse_spec = parse_albert,
          .names = names(),
          .architecture = "AlbertForSequenceClassification",
          .ignored_suffixes = {"embeddings.position_ids", "embeddings.token_type_ids"}};
}

}  // namespace tt::model
