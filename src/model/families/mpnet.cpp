#include "model/families/mpnet.hpp"

#include "model/families/common.hpp"

namespace tt::model {
namespace {

/// The only padding and buckets that transformers computes, whatever the file says.
constexpr std::int64_t kPadding = 1;
constexpr std::int64_t kBuckets = 32;

EncoderSpec parse_mpnet(const std::string& config_json, const std::filesystem::path& file) {
  const ConfigReader config(config_json, file);
  EncoderSpec spec = bert_like_spec(config, "mpnet", kPadding);
  if (spec.pad_token_id != kPadding) config.reject("pad_token_id", "1, which MPNet's positions are counted by");
  if (config.integer("relative_attention_num_buckets", 1, kMaximalPositions, kBuckets) != kBuckets) {
    config.reject("relative_attention_num_buckets", "32, the only number that transformers computes, too");
  }
  if (spec.max_position_embeddings <= kPadding + 1) {
    config.reject("max_position_embeddings", "more than 2, as the first two rows stand for no place");
  }
  spec.type_vocab_size = 0;
  spec.positions = AbsolutePositions{kPadding + 1};
  spec.relative_bias = RelativeBias{kBuckets, 128};
  spec.native_head.input_dropout = true;
  return spec;
}

ModuleNames names() {
  ModuleNames names = bert_names({.dense = "classifier.dense", .linear = "classifier.out_proj"});
  names.token_type_embeddings.clear();
  names.relative_bias = "encoder.relative_attention_bias";
  names.layer.query = "attention.attn.q";
  names.layer.key = "attention.attn.k";
  names.layer.value = "attention.attn.v";
  names.layer.attention_output = "attention.attn.o";
  names.layer.attention_norm = "attention.LayerNorm";
  return names;
}

}  // namespace

Family mpnet_family() {
  return {.model_type = "mpnet",
          .prefix = "mpnet.",
          .parse_spec = parse_mpnet,
          .names = names(),
          .architecture = "MPNetForSequenceClassification",
          .ignored_suffixes = {"embeddings.position_ids"},
          .kept = {"pooler.dense.weight", "pooler.dense.bias"}};
}

}  // namespace tt::model
