#pragma once

#include "transfer_tune/checkpoint/safetensors.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace tt::checkpoint {

/// The weights of a directory, and the files that they lie in, in name order.
struct Weights {
  NamedTensors tensors;
  std::map<std::string, std::filesystem::path> file_of;  ///< of each tensor
  std::vector<std::filesystem::path> files;
};

/// Reads model.safetensors, or the shards that model.safetensors.index.json names; without either, pytorch_model.bin or
/// its shards. Throws `CheckpointError`.
[[nodiscard]] Weights read_weights(const std::filesystem::path& directory);

/// SHA-256 of the files' bytes, one after the other.
[[nodiscard]] std::string hash_files(const std::vector<std::filesystem::path>& files);

}  // namespace tt::checkpoint
