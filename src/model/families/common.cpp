#include "model/families/common.hpp"

#include "transfer_tune/core/text.hpp"

#include <string>

namespace tt::model {

Activation parse_activation(const ConfigReader& config, const char* key, const char* otherwise) {
  const std::string name = config.text(key, otherwise);
  if (name == "gelu" || name == "gelu_python") return Activation::gelu;
  if (name == "gelu_new" || name == "gelu_fast" || name == "gelu_pytorch_tanh") return Activation::gelu_tanh;
  if (name == "relu") return Activation::relu;
  if (name == "silu" || name == "swish") return Activation::silu;
  config.reject(key, "gelu, gelu_python, gelu_new, gelu_fast, gelu_pytorch_tanh, relu, silu or swish");
}

EncoderSpec bert_like_spec(const ConfigReader& config, const char* model_type, std::int64_t pad_token_id) {
  if (config.text("position_embedding_type", "absolute") != "absolute") {
    config.reject("position_embedding_type", "\"absolute\"; relative positions are not supported");
  }
  if (config.flag("is_decoder", false)) config.reject("is_decoder", "false; decoders are not supported");
  EncoderSpec spec;
  spec.model_type = model_type;
  spec.vocab_size = config.integer("vocab_size", 1, kMaximalVocabulary);
  spec.hidden_size = config.integer("hidden_size", 1, kMaximalWidth);
  spec.num_hidden_layers = config.integer("num_hidden_layers", 1, kMaximalLayers);
  spec.num_attention_heads = config.integer("num_attention_heads", 1, kMaximalWidth);
  require_divisor(config, "num_attention_heads", spec.num_attention_heads, "hidden_size", spec.hidden_size);
  spec.intermediate_size = config.integer("intermediate_size", 1, kMaximalWidth);
  spec.max_position_embeddings = config.integer("max_position_embeddings", 1, kMaximalPositions);
  spec.type_vocab_size = config.integer("type_vocab_size", 0, kMaximalVocabulary, 2);
  spec.pad_token_id = config.integer("pad_token_id", 0, spec.vocab_size - 1, pad_token_id);
  spec.layer_norm_eps = config.number("layer_norm_eps", 0, 1, 1e-12);
  spec.hidden_dropout_prob = config.number("hidden_dropout_prob", 0, 1, 0.1);
  spec.attention_probs_dropout_prob = config.number("attention_probs_dropout_prob", 0, 1, 0.1);
  spec.classifier_dropout = config.number("classifier_dropout", 0, 1, spec.hidden_dropout_prob);
  spec.initializer_range = config.number("initializer_range", 0, 1, 0.02);
  spec.layer.hidden_act = parse_activation(config, "hidden_act");
  return spec;
}

ModuleNames bert_names(NativeHeadNames head) {
  return {.word_embeddings = "embeddings.word_embeddings",
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
          .head = std::move(head)};
}

std::vector<std::pair<std::string, std::string>> legacy_norms() {
  return {{"LayerNorm.gamma", "LayerNorm.weight"}, {"LayerNorm.beta", "LayerNorm.bias"}};
}

void require_even_heads(const ConfigReader& config, const EncoderSpec& spec, const char* key) {
  if (spec.head_dim() % 2 == 0) return;
  config.reject(key, concat("a number that leaves each head an even part of \"hidden_size\", which is ",
                            spec.hidden_size, ": rotary positions turn pairs"));
}

double rope_theta(const JsonView& own, double otherwise) {
  if (own.string_or("rope_type", "default") != "default") {
    own.at("rope_type").expected("\"default\"; scaled rotary positions are not supported");
  }
  if (!own.has("rope_theta")) return otherwise;
  const double value = own.at("rope_theta").number();
  if (value < 1 || value > kMaximalTheta) own.at("rope_theta").expected(concat("a number from 1 to ", kMaximalTheta));
  return value;
}

void require_divisor(const ConfigReader& config, const char* key, std::int64_t value, const char* of,
                     std::int64_t width) {
  if (width % value != 0) config.reject(key, concat("a divisor of \"", of, "\", which is ", width));
}

}  // namespace tt::model
