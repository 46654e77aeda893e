#pragma once

#include "transfer_tune/checkpoint/safetensors.hpp"
#include "transfer_tune/model/spec.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tt::model {

/// One parameter that a family's encoder has.
struct ParameterKey {
  std::string name;                 ///< Hugging Face's name without the family prefix
  std::string group;                ///< canonical: "embeddings", "layer.N" or "pooler"
  std::int64_t first_use = 0;       ///< as `Parameter::first_use`
  std::vector<std::int64_t> shape;  ///< as stored
  bool optional = false;            ///< newly initialised (and reported) when the checkpoint lacks it
  /// What the tensor does, in words that hold for every family; the encoder finds its weights by it. One of
  /// embeddings.{word,position,token_type}, embeddings.norm.{weight,bias},
  /// layer.N.{query,key,value,attention_output,intermediate,output}.{weight,bias},
  /// layer.N.{attention_norm,output_norm}.{weight,bias}, pooler.{weight,bias}.
  std::string role;
};

/// What the code has to know of a model family: one constant of this type, in one file, registered in families().
struct Family {
  std::string model_type;  ///< config.json's model_type
  std::string prefix;      ///< e.g. "bert."
  std::function<EncoderSpec(const std::string& config_json, const std::filesystem::path& file)> parse_spec;
  std::function<std::vector<ParameterKey>(const EncoderSpec&)>
      parameter_keys;                                                ///< in file order: embeddings, layers, pooler
  std::vector<std::pair<std::string, std::string>> legacy_suffixes;  ///< e.g. {"LayerNorm.gamma", "LayerNorm.weight"}
  std::vector<std::string> ignored_suffixes;                         ///< e.g. "embeddings.position_ids"
  std::vector<std::string> architectures;  ///< for config.json of a classifier, e.g. BertForSequenceClassification
};

/// Every family, in the order of their registration.
[[nodiscard]] const std::vector<Family>& families();
/// Throws `CheckpointError` that lists the supported types when there is none for `model_type`.
[[nodiscard]] const Family& find_family(std::string_view model_type, const std::filesystem::path& config_file);

/// A checkpoint's tensors under the family's names.
struct MatchedTensors {
  checkpoint::NamedTensors encoder;  ///< by ParameterKey::name
  checkpoint::NamedTensors others;   ///< no encoder parameter: heads ("classifier.weight"), other tasks' layers
  std::vector<std::string> missing;  ///< optional parameters that are absent
  std::vector<std::string> names;    ///< the encoder's parameters as the checkpoint names them
};

/// Maps checkpoint names (with or without the prefix, legacy suffixes renamed, ignored ones left out) to the family's.
/// Throws `CheckpointError` that names every required parameter that is absent, every wrong shape and every tensor
/// that is not floating point.
[[nodiscard]] MatchedTensors match_tensors(const Family& family, const EncoderSpec& spec,
                                           const checkpoint::NamedTensors& tensors, const std::filesystem::path& file);

}  // namespace tt::model
