#include "checkpoint/adapter_names.hpp"
#include "checkpoint/labels.hpp"
#include "checkpoint/modules.hpp"
#include "checkpoint/read_pooling.hpp"
#include "checkpoint/stated_settings.hpp"
#include "checkpoint/tokenizer_files.hpp"
#include "checkpoint/torch_reader.hpp"
#include "transfer_tune/checkpoint/adapter.hpp"
#include "transfer_tune/checkpoint/directory.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/json.hpp"
#include "transfer_tune/core/text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>

namespace tt::checkpoint {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMaximalRank = 1 << 16;
constexpr const char* kTorchWeights = "adapter_model.bin";

/// Settings with which a module computes something else than W + scaling · B · A.
constexpr const char* kNotFollowed[] = {"use_dora",          "lora_bias",         "alpha_pattern",
                                        "layer_replication", "target_parameters", "trainable_token_indices",
                                        "use_qalora",        "fan_in_fan_out"};

/// Null, false, empty: as if it were not there.
bool is_unset(const nlohmann::json& value) { return value.is_null() || value == false || value.empty(); }

std::vector<std::string> strings(const JsonView& config, const char* key) {
  std::vector<std::string> out;
  // A string is a pattern, and says nothing about single modules.
  if (!config.has(key) || config.at(key).is_string()) return out;
  for (const JsonView& item : config.at(key).items()) out.push_back(item.string());
  return out;
}

void read_config(Adapter& adapter) {
  const JsonDocument document = JsonDocument::read(adapter.config_file(), ErrorKind::checkpoint);
  const JsonView config = document.root().object();
  if (const std::string& type = config.at("peft_type").string(); type != "LORA") {
    config.at("peft_type").fail(concat("found ", quote(type), ", expected \"LORA\", the one kind that is read"));
  }
  for (const char* key : kNotFollowed) {
    if (!config.has(key) || is_unset(config.at(key).value())) continue;
    config.at(key).fail(concat("found ", config.at(key).value().dump(),
                               ", expected none: it is not supported; merge the "
                               "adapter with PEFT's merge_and_unload() instead"));
  }
  if (const std::string bias = config.string_or("bias", "none"); bias != "none") {
    config.at("bias").fail(concat("found ", quote(bias), ", expected \"none\": trained biases are not supported"));
  }
  adapter.base_model_name_or_path = config.string_or("base_model_name_or_path", "");
  adapter.task_type = config.string_or("task_type", "");
  adapter.r = config.at("r").integer(1, kMaximalRank);
  adapter.lora_alpha = config.at("lora_alpha").number();
  if (config.has("lora_dropout")) adapter.lora_dropout = config.at("lora_dropout").number();
  adapter.use_rslora = config.boolean_or("use_rslora", false);
  adapter.ranks_differ = config.has("rank_pattern") && !is_unset(config.at("rank_pattern").value());
  // With these, not every module that a target names has an adapter.
  const bool some_alone =
      std::ranges::any_of(std::array{"layers_to_transform", "exclude_modules"},
                          [&](const char* key) { return config.has(key) && !is_unset(config.at(key).value()); });
  if (!some_alone) adapter.target_modules = strings(config, "target_modules");
  adapter.modules_to_save = strings(config, "modules_to_save");
}

void read_tensors(Adapter& adapter) {
  // As torch.save writes it: what peft did by default once, and does where it is asked to.
  const bool by_torch = !fs::exists(adapter.weights_file()) && fs::exists(adapter.directory / kTorchWeights);
  if (by_torch) adapter.weights_name = kTorchWeights;
  const fs::path file = adapter.weights_file();
  for (auto& [name, tensor] : by_torch ? read_torch_file(file) : read_safetensors(file)) {
    if (!name.starts_with(kPeftPrefix)) {
      throw CheckpointError(concat(file.string(), ": found a tensor ", quote(name), ", expected names that start with ",
                                   kPeftPrefix, " as peft writes them"));
    }
    if (!tensor.is_floating_point()) {
      throw CheckpointError(concat(file.string(), ": tensor ", quote(name), " is ", tensor.scalar_type(),
                                   "; expected floating-point numbers"));
    }
    require_finite(file, name, tensor);
    adapter.tensors.emplace(name.substr(std::string_view(kPeftPrefix).size()), tensor);
  }
}

fs::path base_of(const Adapter& adapter, const fs::path& base) {
  if (!base.empty()) return base;
  const std::string& name = adapter.base_model_name_or_path;
  if (!name.empty() && fs::is_directory(name)) return name;
  throw CheckpointError(concat(adapter.config_file().string(), ": /base_model_name_or_path: found ", quote(name),
                               ", which is no directory here; name the encoder's directory with --checkpoint"));
}

/// The adapter names the weights that it was trained on; one that peft wrote does not.
void require_base(const nlohmann::json& config, const fs::path& file, const EncoderDirectory& base) {
  const auto stated = config.find(kBaseHash);
  if (stated == config.end() || *stated == base.weights_sha256) return;
  throw CheckpointError(concat(file.string(), ": /", kBaseHash, ": found ", stated->dump(), ", but the weights of ",
                               base.root.string(), " have ", base.weights_sha256,
                               "; expected the encoder that the adapter was trained on"));
}

}  // namespace

double Adapter::scaling(std::int64_t rank) const {
  const auto divisor = static_cast<double>(rank);
  return lora_alpha / (use_rslora ? std::sqrt(divisor) : divisor);
}

Adapter read_adapter(const fs::path& directory) {
  Adapter adapter;
  adapter.directory = directory;
  read_config(adapter);
  read_tensors(adapter);
  return adapter;
}

EncoderDirectory read_adapted_directory(const Adapter& adapter, const fs::path& base) {
  EncoderDirectory read = read_directory(base_of(adapter, base));
  const fs::path& directory = adapter.directory;
  const fs::path file = directory / kAdapterClassifier;
  if (fs::exists(file)) {
    const nlohmann::json config = read_json_object(file, ErrorKind::checkpoint);
    require_base(config, file, read);
    read.labels = read_labels(config, file);
    read.multi_label = states_multi_label(config);
  }
  read.root = directory;
  (void)read_prompts(directory, read);
  if (const std::int64_t length = stated_max_length(directory); length > 0) read.max_length = length;
  const std::vector<Module> modules = read_modules(directory);
  if (modules.empty()) return read;
  read_pooling(modules, read.labels.size(), read);
  return read;
}

}  // namespace tt::checkpoint
