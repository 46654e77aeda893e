#include "checkpoint/labels.hpp"
#include "checkpoint/modules.hpp"
#include "checkpoint/other_formats.hpp"
#include "checkpoint/read_pooling.hpp"
#include "checkpoint/stated_settings.hpp"
#include "checkpoint/tokenizer_files.hpp"
#include "checkpoint/weights.hpp"
#include "transfer_tune/checkpoint/directory.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/json.hpp"
#include "transfer_tune/core/text.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace tt::checkpoint {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::string read_model_type(const json& config, const fs::path& file) {
  const auto found = config.find("model_type");
  if (found == config.end() || !found->is_string()) {
    throw CheckpointError(concat(file.string(), ": \"model_type\": expected a string such as \"bert\", found ",
                                 found == config.end() ? "nothing" : found->type_name()));
  }
  return found->get<std::string>();
}

bool names_classifier(const json& config) {
  const auto names = config.find("architectures");
  return names != config.end() && names->is_array() && std::any_of(names->begin(), names->end(), [](const json& name) {
           return name.is_string() && name.get_ref<const std::string&>().ends_with("ForSequenceClassification");
         });
}

/// The files in a folder that something here may read: every JSON and text file, and the weights, those of PyTorch
/// where there are no others.
void add_files(const fs::path& folder, std::vector<fs::path>& files) {
  std::error_code error;
  std::vector<fs::path> torch_files;
  bool has_safetensors = false;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    const std::string extension = entry->path().extension().string();
    const std::string name = entry->path().filename().string();
    const bool is_weights = extension == ".safetensors" && name.starts_with("model");
    if (!entry->is_regular_file(error)) continue;
    has_safetensors = has_safetensors || is_weights;
    if (extension == ".json" || extension == ".txt" || is_weights) files.push_back(entry->path());
    if (extension == ".bin" && name.starts_with("pytorch_model")) torch_files.push_back(entry->path());
  }
  if (error) throw CheckpointError(concat(folder.string(), ": cannot look into it: ", error.message()));
  if (!has_safetensors) files.insert(files.end(), torch_files.begin(), torch_files.end());
}

}  // namespace

void read_pooling(const std::vector<Module>& modules, std::size_t labels, EncoderDirectory& read) {
  read.pooling = stated_pooling(modules);
  read.dense.clear();
  read.dense_head.reset();
  const DenseFolders found = find_dense(modules, read.pooling, labels);
  for (const fs::path& folder : found.encoder) read.dense.push_back(read_dense(folder, read.weights_files));
  if (!found.head) return;
  DenseModule head = read_dense(*found.head, read.weights_files);
  read.dense_head = {found.normalize, std::move(head.weight), std::move(head.bias), *read.pooling};
}

std::vector<HashedFile> hash_directory(const fs::path& directory, const EncoderDirectory* read) {
  require_model_directory(directory);
  std::vector<fs::path> files;
  add_files(directory, files);
  for (const Module& module : read_modules(directory)) {
    if (module.path != directory && fs::is_directory(module.path)) add_files(module.path, files);
  }
  std::sort(files.begin(), files.end());
  std::vector<HashedFile> hashed;
  hashed.reserve(files.size());
  for (const fs::path& file : files) {
    const bool is_known = read != nullptr && read->weights_files == std::vector{file};
    hashed.push_back({file, is_known ? read->weights_sha256 : sha256_of_file(file, ErrorKind::checkpoint)});
  }
  return hashed;
}

EncoderDirectory read_directory(const fs::path& directory) {
  require_model_directory(directory);
  const std::vector<Module> modules = read_modules(directory);
  EncoderDirectory read;
  read.root = directory;
  read.encoder = modules.empty() ? directory : encoder_folder(directory, modules);
  const fs::path config_file = read.encoder / "config.json";
  read.config_json = read_file(config_file, ErrorKind::checkpoint);
  const json config = parse_json_object(read.config_json, config_file, ErrorKind::checkpoint);
  read.model_type = read_model_type(config, config_file);
  read.is_classifier = names_classifier(config);
  read.max_length = stated_max_length(read.encoder);

  Weights weights = read_weights(read.encoder);
  std::vector<std::string> labels = read_labels(config, config_file);
  read.weights_files = std::move(weights.files);
  read_pooling(modules, labels.size(), read);
  (void)read_prompts(directory, read);
  read.unused_settings = unused_settings(read, modules);
  if (labels.empty() && read.is_classifier) labels = default_labels(config);
  if (read.dense_head || read.is_classifier) {
    read.labels = std::move(labels);
    read.multi_label = states_multi_label(config);
  }
  read.weights_sha256 = hash_files(read.weights_files);
  read.tensors = std::move(weights.tensors);
  read.file_of = std::move(weights.file_of);
  return read;
}

}  // namespace tt::checkpoint
