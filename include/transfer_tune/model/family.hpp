#pragma once

#include "transfer_tune/checkpoint/safetensors.hpp"
#include "transfer_tune/model/module_names.hpp"
#include "transfer_tune/model/parameter.hpp"
#include "transfer_tune/model/spec.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tt::model {

/// What the code has to know of a model family: one constant of this type, in one file, registered in families().
struct Family {
  std::string model_type;  ///< config.json's model_type
  std::string prefix;      ///< of the base model's parameters in a classifier's file, e.g. "bert."
  std::function<EncoderSpec(const std::string& config_json, const std::filesystem::path& file)> parse_spec;
  ModuleNames names;
  std::string architecture;  ///< for config.json of a classifier, e.g. BertForSequenceClassification
  std::vector<std::pair<std::string, std::string>> legacy_suffixes{};  ///< e.g. {"LayerNorm.gamma", "LayerNorm.weight"}
  std::vector<std::string> ignored_suffixes{};                         ///< e.g. "embeddings.position_ids"
  /// Of the base model, not read here: written again where a checkpoint has them, for what Python makes of the rest.
  std::vector<std::string> kept{};

  /// The parameters of such an encoder in file order: embeddings, layers, hidden layer of the native head.
  [[nodiscard]] std::vector<ParameterKey> parameter_keys(const EncoderSpec& spec) const;
};

/// Every family, in the order of their registration.
[[nodiscard]] const std::vector<Family>& families();
/// Throws `CheckpointError` that lists the supported types when there is none for `model_type`.
[[nodiscard]] const Family& find_family(std::string_view model_type, const std::filesystem::path& config_file);

/// A checkpoint's tensors under the family's names.
struct MatchedTensors {
  checkpoint::NamedTensors encoder;       ///< by ParameterKey::name
  checkpoint::NamedTensors others;        ///< no encoder parameter: heads ("classifier.weight"), other tasks' layers
  std::vector<std::string> missing;       ///< optional parameters of the base model that are absent
  std::vector<std::string> missing_head;  ///< those of the classifier around it
  std::vector<std::string> names;         ///< the encoder's parameters as the checkpoint names them
};

/// Maps checkpoint names (with or without the prefix, legacy suffixes renamed, ignored ones left out) to the family's.
/// Throws `CheckpointError` that names every required parameter that is absent, every wrong shape and every tensor
/// that is not floating point.
[[nodiscard]] MatchedTensors match_tensors(const Family& family, const EncoderSpec& spec,
                                           const checkpoint::NamedTensors& tensors, const std::filesystem::path& file);

}  // namespace tt::model
