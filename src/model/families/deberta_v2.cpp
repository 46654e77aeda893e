#include "model/families/deberta_v2.hpp"

#include "model/families/common.hpp"
#include "transfer_tune/core/text.hpp"

#include <string>
#include <vector>

namespace tt::model {
namespace {

/// The parts of a list that older files write as one text, "p2c|c2p", and newer ones as a list.
std::vector<std::string> parts(const ConfigReader& config, const char* key) {
  if (!config.root().has(key)) return {};
  const JsonView value = config.root().at(key);
  std::vector<std::string> found;
  if (value.is_array()) {
    for (const JsonView& part : value.items()) found.push_back(part.string());
    return found;
  }
  std::string part;
  for (const char c : value.string() + '|') {
    if (c != '|') {
      if (c != ' ') part += c;
      continue;
    }
    if (!part.empty()) found.push_back(part);
    part.clear();
  }
  return found;
}

DisentangledPlaces places(const ConfigReader& config, std::int64_t max_position_embeddings) {
  DisentangledPlaces places{.of_queries = false, .of_keys = false};
  for (const std::string& part : parts(config, "pos_att_type")) {
    if (part != "c2p" && part != "p2c") config.reject("pos_att_type", "\"c2p\", \"p2c\" or both");
    (part == "c2p" ? places.of_queries : places.of_keys) = true;
  }
  if (!places.of_queries && !places.of_keys) {
    config.reject(config.root().has("pos_att_type") ? "pos_att_type" : "relative_attention",
                  "\"pos_att_type\" to name \"c2p\", \"p2c\" or both where \"relative_attention\" is true");
  }
  std::int64_t furthest = config.integer("max_relative_positions", -1, kMaximalPositions, -1);
  if (furthest < 1) furthest = max_position_embeddings;
  const std::int64_t buckets = config.integer("position_buckets", -1, kMaximalPositions, -1);
  places.span = buckets > 0 ? buckets : furthest;
  if (buckets > 0) {
    places.max_distance = furthest;
    if (buckets < 2 || furthest - 1 <= buckets / 2) {
      config.reject("position_buckets",
                    concat("at least 2, and half of it less than ", furthest - 1, ", the furthest place"));
    }
  }
  places.shared = config.flag("share_att_key", false);
  for (const std::string& part : parts(config, "norm_rel_ebd")) {
    if (part == "layer_norm") places.normed = true;
  }
  return places;
}

EncoderSpec parse_deberta_v2(const std::string& config_json, const std::filesystem::path& file) {
  const ConfigReader config(config_json, file);
  EncoderSpec spec = bert_like_spec(config, "deberta-v2");
  if (config.integer("conv_kernel_size", 0, kMaximalWidth, 0) > 0) {
    config.reject("conv_kernel_size", "0; encoders with a convolution behind the first layer are not supported");
  }
  if (config.integer("attention_head_size", 1, kMaximalWidth, spec.head_dim()) != spec.head_dim()) {
    config.reject("attention_head_size", concat(spec.head_dim(), ", a head's part of \"hidden_size\""));
  }
  if (config.integer("pooler_hidden_size", 1, kMaximalWidth, spec.hidden_size) != spec.hidden_size) {
    config.reject("pooler_hidden_size", concat(spec.hidden_size, ", as \"hidden_size\""));
  }
  spec.embedding_size = config.integer("embedding_size", 1, kMaximalWidth, spec.hidden_size);
  if (spec.embedding_size != spec.hidden_size) spec.projection = Projection::before_norm;
  // Its own defaults are others than BERT's.
  spec.type_vocab_size = config.integer("type_vocab_size", 0, kMaximalVocabulary, 0);
  spec.layer_norm_eps = config.number("layer_norm_eps", 0, 1, 1e-7);
  spec.classifier_dropout = config.number("cls_dropout", 0, 1, spec.hidden_dropout_prob);
  if (!config.flag("position_biased_input", true)) spec.positions = NoPositions{};
  if (config.flag("relative_attention", false)) {
    spec.disentangled = places(config, spec.max_position_embeddings);
  } else if (!parts(config, "pos_att_type").empty()) {
    config.reject("pos_att_type", "none where \"relative_attention\" is false");
  }
  spec.native_head = {.activation = parse_activation(config, "pooler_hidden_act"),
                      .own_dropout = config.number("pooler_dropout", 0, 1, 0)};
  return spec;
}

ModuleNames names() {
  ModuleNames names = bert_names({.dense = "pooler.dense", .linear = "classifier"});
  names.embeddings_projection = "embeddings.embed_proj";
  names.places = "encoder.rel_embeddings";
  names.places_norm = "encoder.LayerNorm";
  names.layer.query = "attention.self.query_proj";
  names.layer.key = "attention.self.key_proj";
  names.layer.value = "attention.self.value_proj";
  names.layer.position_key = "attention.self.pos_key_proj";
  names.layer.position_query = "attention.self.pos_query_proj";
  return names;
}

}  // namespace

Family deberta_v2_family() {
  return {.model_type = "deberta-v2",
          .prefix = "deberta.",
          .parse_spec = parse_deberta_v2,
          .names = names(),
          .architecture = "DebertaV2ForSequenceClassification",
          .legacy_suffixes = legacy_norms(),
          .ignored_suffixes = {"embeddings.position_ids"}};
}

}  // namespace tt::model
