#include "model/families/roberta.hpp"

#include "model/families/common.hpp"
#include "transfer_tune/core/text.hpp"

namespace tt::model {
namespace {

EncoderSpec parse_roberta(const std::string& config_json, const std::filesystem::path& file, const char* model_type) {
  const ConfigReader config(config_json, file);
  EncoderSpec spec = bert_like_spec(config, model_type, /*pad_token_id=*/1);
  const AbsolutePositions positions{spec.pad_token_id + 1};
  if (spec.max_position_embeddings <= positions.offset) {
    config.reject("max_position_embeddings", concat("more than ", positions.offset,
                                                    ", as rows up to that of \"pad_token_id\" stand for no place"));
  }
  spec.positions = positions;
  spec.native_head.input_dropout = true;
  return spec;
}

Family family_of(const char* model_type, const char* architecture) {
  return {.model_type = model_type,
          .prefix = "roberta.",
          .parse_spec = [model_type](
                            const std::string& config_json,
                            const std::filesystem::path& file) { return parse_roberta(config_json, file, model_type); },
          .names = bert_names({.dense = "classifier.dense", .linear = "classifier.out_proj"}),
          .architecture = architecture,
          .legacy_suffixes = legacy_norms(),
          .ignored_suffixes = {"embeddings.position_ids", "embeddings.token_type_ids"},
          .kept = {"pooler.dense.weight", "pooler.dense.bias"}};
}

}  // namespace

Family roberta_family() { return family_of("roberta", "RobertaForSequenceClassification"); }
Family xlm_roberta_family() { return family_of("xlm-roberta", "XLMRobertaForSequenceClassification"); }
Family camembert_family() { return family_of("camembert", "CamembertForSequenceClassification"); }

}  // namespace tt::model
