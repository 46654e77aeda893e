#include "checkpoint/weights.hpp"

#include "checkpoint/other_formats.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/json.hpp"
#include "transfer_tune/core/log.hpp"
#include "transfer_tune/core/text.hpp"

#include <ATen/ATen.h>

#include <nlohmann/json.hpp>

namespace tt::checkpoint {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kWeights = "model.safetensors";
constexpr const char* kIndex = "model.safetensors.index.json";

/// Shards by name, each with the tensors that the index puts there. Shard names are plain: an index must not reach
/// outside its directory.
std::map<std::string, std::vector<std::string>> read_index(const fs::path& file) {
  const json index = read_json_object(file, ErrorKind::checkpoint);
  const auto map = index.find("weight_map");
  if (map == index.end() || !map->is_object() || map->empty()) {
    throw CheckpointError(concat(file.string(), ": expected an object \"weight_map\" from tensor to file names"));
  }
  std::map<std::string, std::vector<std::string>> shards;
  for (const auto& [tensor, shard] : map->items()) {
    const std::string name = shard.is_string() ? shard.get<std::string>() : std::string();
    if (!name.ends_with(".safetensors") || name.find_first_of("/\\") != std::string::npos ||
        name.find('\0') != std::string::npos) {
      throw CheckpointError(concat(file.string(), ": /weight_map/", tensor, " is ", quote(shard.dump()),
                                   "; expected the plain name of a .safetensors file in the same directory"));
    }
    shards[name].push_back(tensor);
  }
  return shards;
}

Weights read_shards(const fs::path& directory) {
  Weights weights;
  for (const auto& [shard, names] : read_index(directory / kIndex)) {
    const fs::path file = directory / shard;
    NamedTensors tensors = read_safetensors(file);
    for (const std::string& name : names) {
      const auto found = tensors.find(name);
      if (found == tensors.end()) {
        throw CheckpointError(concat(file.string(), ": lacks the tensor ", quote(name), ", which ", kIndex,
                                     " says is there; the shards do not belong together"));
      }
      weights.tensors.insert(tensors.extract(found));
      weights.file_of.emplace(name, file);
    }
    for (const auto& [name, tensor] : tensors) {
      log_warning(concat(file.string(), ": tensor ", quote(name), " is not used: ", kIndex, " does not list it"));
    }
    weights.files.push_back(file);
  }
  return weights;
}

Weights read_single_file(const fs::path& file) {
  Weights weights{read_safetensors(file), {}, {file}};
  for (const auto& [name, tensor] : weights.tensors) weights.file_of.emplace(name, file);
  return weights;
}

}  // namespace

Weights read_weights(const fs::path& directory) {
  if (fs::exists(directory / kWeights)) return read_single_file(directory / kWeights);
  if (fs::exists(directory / kIndex)) return read_shards(directory);
  fail_without_weights(directory);
}

std::string hash_files(const std::vector<fs::path>& files) {
  Sha256 hash;
  for (const fs::path& file : files) hash.update(MappedFile(file, ErrorKind::checkpoint).bytes());
  return hash.hex();
}

}  // namespace tt::checkpoint
