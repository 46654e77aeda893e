#include "model/families/electra.hpp"

#include "model/families/common.hpp"

namespace tt::model {
namespace {

EncoderSpec parse_electra(const std::string& config_json, const std::filesystem::path& file) {
  const ConfigReader config(config_json, file);
  EncoderSpec spec = bert_like_spec(config, "electra");
  spec.embedding_size = config.integer("embedding_size", 1, kMaximalWidth, 128);
  if (spec.embedding_size != spec.hidden_size) spec.projection = Projection::after_norm;
  spec.native_head.activation = Activation::gelu;
  spec.native_head.input_dropout = true;
  return spec;
}

ModuleNames names() {
  ModuleNames names = bert_names({.dense = "classifier.dense", .linear = "classifier.out_proj"});
  names.embeddings_projection = "embeddings_project";
  return names;
}

}  // namespace

Family electra_family() {
  return {.model_type = "electra",
          .prefix = "electra.",
          .parse_spec = parse_electra,
          .names = names(),
          .architecture = "ElectraForSequenceClassification",
          .legacy_suffixes = legacy_norms(),
          .ignored_suffixes = {"embeddings.position_ids", "embeddings.token_type_ids"}};
}

}  // namespace tt::model
