#include "model/families/bert.hpp"

#include "model/families/common.hpp"

namespace tt::model {
namespace {

EncoderSpec parse_bert(const std::string& config_json, const std::filesystem::path& file) {
  return bert_like_spec(ConfigReader(config_json, file), "bert");
}

}  // namespace

Family bert_family() {
  return {.model_type = "bert",
          .prefix = "bert.",
          .parse_spec = parse_bert,
          .names = bert_names({.dense = "pooler.dense", .dense_in_base_model = true, .linear = "classifier"}),
          .architecture = "BertForSequenceClassification",
          .legacy_suffixes = legacy_norms(),
          .ignored_suffixes = {"embeddings.position_ids", "embeddings.token_type_ids"}};
}

}  // namespace tt::model
