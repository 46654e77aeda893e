#include "model/families/modernbert.hpp"

#include "model/families/common.hpp"
#include "transfer_tune/core/text.hpp"

#include <vector>

namespace tt::model {
namespace {

constexpr const char* kLocal = "sliding_attention";
constexpr const char* kGlobal = "full_attention";

/// Which layers see all: every so-manyth, as older files state, or as newer ones list them.
std::int64_t global_every(const ConfigReader& config, std::int64_t layers) {
  const std::int64_t every = config.integer("global_attn_every_n_layers", 1, kMaximalLayers, 3);
  if (!config.root().has("layer_types")) return every;
  const std::vector<JsonView> types = config.root().at("layer_types").items();
  if (static_cast<std::int64_t>(types.size()) != layers) {
    config.reject("layer_types", concat("a list of ", layers, ", one for each layer"));
  }
  std::int64_t found = layers;  // the second layer that sees all; with none, the first alone does
  for (std::size_t layer = 0; layer < types.size(); ++layer) {
    const std::string& type = types[layer].string();
    if (type != kLocal && type != kGlobal) types[layer].expected(concat('"', kLocal, "\" or \"", kGlobal, '"'));
    if (layer > 0 && found == layers && type == kGlobal) found = static_cast<std::int64_t>(layer);
  }
  for (std::size_t layer = 0; layer < types.size(); ++layer) {
    const bool global = static_cast<std::int64_t>(layer) % found == 0;
    if ((types[layer].string() == kGlobal) == global) continue;
    types[layer].expected(concat('"', global ? kGlobal : kLocal, "\", as the first of every ", found, " layers is \"",
                                 kGlobal, "\" by those before; another pattern is not supported"));
  }
  return found;
}

/// The theta of one kind of layers: in "rope_parameters", or in the key of older files.
double theta(const ConfigReader& config, const char* kind, const char* older_key, double otherwise) {
  const double stated = config.number(older_key, 1, kMaximalTheta, otherwise);
  if (!config.root().has("rope_parameters")) return stated;
  const JsonView all = config.root().at("rope_parameters").object();
  if (!all.has(kind)) return stated;
  return rope_theta(all.at(kind).object(), stated);
}

void refuse(const ConfigReader& config, const char* key, const char* what) {
  if (config.flag(key, false)) config.reject(key, concat("false; ", what, " are not supported"));
}

EncoderSpec parse_modernbert(const std::string& config_json, const std::filesystem::path& file) {
  const ConfigReader config(config_json, file);
  refuse(config, "attention_bias", "biases of attention layers");
  refuse(config, "mlp_bias", "biases of feed-forward layers");
  if (config.root().has("rope_scaling"))
    config.reject("rope_scaling", "null; scaled rotary positions are not supported");
  if (config.number("mlp_dropout", 0, 1, 0) != 0) {
    config.reject("mlp_dropout", "0; dropout inside feed-forward layers is not supported");
  }
  EncoderSpec spec;
  spec.model_type = "modernbert";
  spec.vocab_size = config.integer("vocab_size", 1, kMaximalVocabulary);
  spec.hidden_size = config.integer("hidden_size", 1, kMaximalWidth);
  spec.num_hidden_layers = config.integer("num_hidden_layers", 1, kMaximalLayers);
  spec.num_attention_heads = config.integer("num_attention_heads", 1, kMaximalWidth);
  require_divisor(config, "num_attention_heads", spec.num_attention_heads, "hidden_size", spec.hidden_size);
  require_even_heads(config, spec);
  spec.intermediate_size = config.integer("intermediate_size", 1, kMaximalWidth);
  spec.max_position_embeddings = config.integer("max_position_embeddings", 1, kMaximalPositions, 8192);
  spec.pad_token_id = config.integer("pad_token_id", 0, spec.vocab_size - 1, 0);
  spec.layer_norm_eps = config.number("norm_eps", 0, 1, 1e-5);
  spec.norm_biases = config.flag("norm_bias", false);
  spec.hidden_dropout_prob = config.number("embedding_dropout", 0, 1, 0);
  spec.attention_probs_dropout_prob = config.number("attention_dropout", 0, 1, 0);
  if (spec.attention_probs_dropout_prob != spec.hidden_dropout_prob) {
    config.reject(config.root().has("attention_dropout") ? "attention_dropout" : "embedding_dropout",
                  "the same as the other of \"attention_dropout\" and \"embedding_dropout\"");
  }
  spec.classifier_dropout = config.number("classifier_dropout", 0, 1, 0);
  spec.initializer_range = config.number("initializer_range", 0, 1, 0.02);
  spec.positions = RotaryPositions{theta(config, kGlobal, "global_rope_theta", 160000),
                                   theta(config, kLocal, "local_rope_theta", 10000)};
  spec.local_attention = LocalAttention{config.integer("local_attention", 0, 2 * kMaximalPositions, 128) / 2,
                                        global_every(config, spec.num_hidden_layers)};
  spec.layer = {.hidden_act = parse_activation(config, "hidden_activation"),
                .norm = NormPlacement::before_sublayer,
                .gated = true,
                .biases = false,
                .output_dropout = false,
                .first_attention_norm = false};
  const std::string pooling = config.text("classifier_pooling", "cls");
  if (pooling != "cls" && pooling != "mean") config.reject("classifier_pooling", "\"cls\" or \"mean\"");
  spec.native_head = {.activation = parse_activation(config, "classifier_activation"),
                      .mean = pooling == "mean",
                      .bias = config.flag("classifier_bias", false),
                      .norm = true};
  return spec;
}

}  // namespace

Family modernbert_family() {
  return {.model_type = "modernbert",
          .prefix = "model.",
          .parse_spec = parse_modernbert,
          .names = {.word_embeddings = "embeddings.tok_embeddings",
                    .embeddings_norm = "embeddings.norm",
                    .layers = "layers",
                    .layer = {.query = "attn.Wqkv",
                              .key = "",  // all three in one
                              .value = "",
                              .attention_output = "attn.Wo",
                              .attention_norm = "attn_norm",
                              .intermediate = "mlp.Wi",
                              .output = "mlp.Wo",
                              .output_norm = "mlp_norm"},
                    .final_norm = "final_norm",
                    .head = {.dense = "head.dense", .norm = "head.norm", .linear = "classifier"}},
          .architecture = "ModernBertForSequenceClassification"};
}

}  // namespace tt::model
