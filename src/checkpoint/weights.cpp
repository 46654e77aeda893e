#include "checkpoint/weights.hpp"

#include "checkpoint/other_formats.hpp"
#include "checkpoint/torch_reader.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/json.hpp"
#include "transfer_tune/core/log.hpp"
#include "transfer_tune/core/text.hpp"

#include <ATen/ATen.h>

#include <array>
#include <nlohmann/json.hpp>

namespace tt::checkpoint {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// How weights are stored: in one file, or in several that an index names.
struct Layout {
  const char* file;
  const char* index;
  const char* ending;
  NamedTensors (*read)(const fs::path& path);
};
/// The first that a directory has is read.
constexpr std::array kLayouts{
    Layout{"model.safetensors", "model.safetensors.index.json", ".safetensors", read_safetensors},
    Layout{"pytorch_model.bin", "pytorch_model.bin.index.json", ".bin", read_torch_file},
};

/// Shards by name, each with the tensors that the index puts there. Shard names are plain: an index must not reach
/// outside its directory.
std::map<std::string, std::vector<std::string>> read_index(const fs::path& file, const Layout& layout) {
  const json index = read_json_object(file, ErrorKind::checkpoint);
  const auto map = index.find("weight_map");
  if (map == index.end() || !map->is_object() || map->empty()) {
    throw CheckpointError(concat(file.string(), ": expected an object \"weight_map\" from tensor to file names"));
  }
  std::map<std::string, std::vector<std::string>> shards;
  for (const auto& [tensor, shard] : map->items()) {
    const std::string name = shard.is_string() ? shard.get<std::string>() : std::string();
    if (!name.ends_with(layout.ending) || name.find_first_of("/\\") != std::string::npos ||
        name.find('\0') != std::string::npos) {
      throw CheckpointError(concat(file.string(), ": /weight_map", json_pointer_step(tensor), " is ",
                                   quote(shard.dump()), "; expected the plain name of a ", layout.ending,
                                   " file in the same directory"));
    }
    shards[name].push_back(tensor);
  }
  return shards;
}

Weights read_shards(const fs::path& directory, const Layout& layout) {
  Weights weights;
  for (const auto& [shard, names] : read_index(directory / layout.index, layout)) {
    const fs::path file = directory / shard;
    NamedTensors tensors = layout.read(file);
    for (const std::string& name : names) {
      const auto found = tensors.find(name);
      if (found == tensors.end()) {
        throw CheckpointError(concat(file.string(), ": lacks the tensor ", quote(name), ", which ", layout.index,
                                     " says is there; the shards do not belong together"));
      }
      weights.tensors.insert(tensors.extract(found));
      weights.file_of.emplace(name, file);
    }
    for (const auto& [name, tensor] : tensors) {
      log_warning(concat(file.string(), ": tensor ", quote(name), " is not used: ", layout.index, " does not list it"));
    }
    weights.files.push_back(file);
  }
  return weights;
}

Weights read_single_file(const fs::path& file, const Layout& layout) {
  Weights weights{layout.read(file), {}, {file}};
  for (const auto& [name, tensor] : weights.tensors) weights.file_of.emplace(name, file);
  return weights;
}

}  // namespace

Weights read_weights(const fs::path& directory) {
  for (const Layout& layout : kLayouts) {
    if (fs::exists(directory / layout.file)) return read_single_file(directory / layout.file, layout);
    if (fs::exists(directory / layout.index)) return read_shards(directory, layout);
  }
  fail_without_weights(directory);
}

std::string hash_files(const std::vector<fs::path>& files) {
  Sha256 hash;
  for (const fs::path& file : files) hash.update(MappedFile(file, ErrorKind::checkpoint).bytes());
  return hash.hex();
}

}  // namespace tt::checkpoint
