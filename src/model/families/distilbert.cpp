#include "model/families/distilbert.hpp"

#include "model/families/common.hpp"

namespace tt::model {
namespace {

EncoderSpec parse_distilbert(const std::string& config_json, const std::filesystem::path& file) {
  const ConfigReader config(config_json, file);
  EncoderSpec spec;
  spec.model_type = "distilbert";
  spec.vocab_size = config.integer("vocab_size", 1, kMaximalVocabulary);
  spec.hidden_size = config.integer("dim", 1, kMaximalWidth);
  spec.num_hidden_layers = config.integer("n_layers", 1, kMaximalLayers);
  spec.num_attention_heads = config.integer("n_heads", 1, kMaximalWidth);
  require_divisor(config, "n_heads", spec.num_attention_heads, "dim", spec.hidden_size);
  spec.intermediate_size = config.integer("hidden_dim", 1, kMaximalWidth);
  // Sinusoidal or learnt, the table is among the weights.
  spec.max_position_embeddings = config.integer("max_position_embeddings", 1, kMaximalPositions);
  spec.type_vocab_size = 0;
  spec.pad_token_id = config.integer("pad_token_id", 0, spec.vocab_size - 1, 0);
  spec.layer_norm_eps = 1e-12;  // no setting of its config.json
  spec.hidden_dropout_prob = config.number("dropout", 0, 1, 0.1);
  spec.attention_probs_dropout_prob = config.number("attention_dropout", 0, 1, 0.1);
  spec.classifier_dropout = config.number("seq_classif_dropout", 0, 1, 0.2);
  spec.initializer_range = config.number("initializer_range", 0, 1, 0.02);
  spec.native_head.activation = Activation::relu;
  spec.layer.hidden_act = parse_activation(config, "activation");
  spec.layer.attention_output_dropout = false;
  return spec;
}

}  // namespace

Family distilbert_family() {
  return {.model_type = "distilbert",
          .prefix = "distilbert.",
          .parse_spec = parse_distilbert,
          .names = {.word_embeddings = "embeddings.word_embeddings",
                    .position_embeddings = "embeddings.position_embeddings",
                    .token_type_embeddings = "",
                    .embeddings_norm = "embeddings.LayerNorm",
                    .layers = "transformer.layer",
                    .layer = {.query = "attention.q_lin",
                              .key = "attention.k_lin",
                              .value = "attention.v_lin",
                              .attention_output = "attention.out_lin",
                              .attention_norm = "sa_layer_norm",
                              .intermediate = "ffn.lin1",
                              .output = "ffn.lin2",
                              .output_norm = "output_layer_norm"},
                    .head = {.dense = "pre_classifier", .dense_in_base_model = false, .linear = "classifier"}},
          .architecture = "DistilBertForSequenceClassification",
          .ignored_suffixes = {"embeddings.position_ids"}};
}

}  // namespace tt::model
