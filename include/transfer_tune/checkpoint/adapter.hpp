#pragma once

#include "transfer_tune/checkpoint/safetensors.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace tt::checkpoint {

struct EncoderDirectory;
struct SentenceTransformersHead;
struct ClassifierMetadata;

/// A LoRA adapter in PEFT's format: adapter_config.json and adapter_model.safetensors, or .bin where that is missing.
/// Fields as in its LoraConfig.
struct Adapter {
  std::filesystem::path directory;
  std::string base_model_name_or_path;
  std::string task_type;  ///< FEATURE_EXTRACTION, SEQ_CLS, …; empty: not stated
  std::int64_t r = 0;
  double lora_alpha = 0;
  double lora_dropout = 0;
  bool use_rslora = false;                   ///< what is added is scaled by lora_alpha/√r instead of lora_alpha/r
  bool ranks_differ = false;                 ///< some modules have a rank of their own
  std::vector<std::string> target_modules;   ///< names, or ends of names; empty: stated in another way
  std::vector<std::string> modules_to_save;  ///< trained whole
  /// X.lora_A.weight [r, in] and X.lora_B.weight [out, r] of each adapted module, and the tensors of modules trained
  /// whole, under the names of the transformers model, so without PEFT's "base_model.model.".
  NamedTensors tensors;
  std::string weights_name = "adapter_model.safetensors";

  /// What B · A is multiplied by, for matrices of rank `rank`.
  [[nodiscard]] double scaling(std::int64_t rank) const;
  [[nodiscard]] std::filesystem::path config_file() const { return directory / "adapter_config.json"; }
  [[nodiscard]] std::filesystem::path weights_file() const { return directory / weights_name; }
};

/// Throws `CheckpointError` for a directory without the two files, another kind of adapter, settings that change what
/// is computed in a way that is not followed here, and tensors that are not finite.
[[nodiscard]] Adapter read_adapter(const std::filesystem::path& directory);

/// The encoder at `base`, or where that is empty at the adapter's base_model_name_or_path, with what the adapter's
/// directory states in place of what the encoder's does: labels, maximal length, pooling and a head in
/// sentence-transformers modules. The adapter is not applied to the weights. Throws `CheckpointError`, also where the
/// directory names another base by its hash.
[[nodiscard]] EncoderDirectory read_adapted_directory(const Adapter& adapter, const std::filesystem::path& base);

/// Writes `to` in PEFT's format, with the tokenizer's files and classifier.json (labels; SHA-256 of the base's weights)
/// beside it, and with `head` as sentence-transformers modules, whose first is the adapted encoder. Of `adapter`,
/// `directory` and `base_model_name_or_path` are not read.
void write_adapter(const std::filesystem::path& to, const EncoderDirectory& from, const Adapter& adapter,
                   const SentenceTransformersHead* head, const ClassifierMetadata& metadata);

/// Every file that it may write, as paths in the directory.
[[nodiscard]] std::vector<std::string> adapter_files();

}  // namespace tt::checkpoint
