#include "checkpoint/modules.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/json.hpp"
#include "transfer_tune/core/text.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

namespace tt::checkpoint {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kModules = "modules.json";

std::string string_member(const json& module, const char* key, std::size_t index, const fs::path& file) {
  if (module.is_object()) {
    if (const auto found = module.find(key); found != module.end() && found->is_string()) {
      return found->get<std::string>();
    }
  }
  throw CheckpointError(concat(file.string(), ": /", index, "/", key, ": expected a string"));
}

fs::path inside(const fs::path& directory, const std::string& path, std::size_t index, const fs::path& file) {
  const fs::path relative = fs::path(path).lexically_normal();
  if (relative.is_absolute() || (!relative.empty() && *relative.begin() == "..") ||
      path.find('\0') != std::string::npos) {
    throw CheckpointError(concat(file.string(), ": /", index, "/path is ", quote(path),
                                 ", which leads outside the directory; expected a folder inside it"));
  }
  return relative.empty() || relative == "." ? directory : directory / relative;
}

/// True when a Dense module is a plain linear layer with bias from and to the sentence's vector.
bool is_linear_layer(const json& config) {
  constexpr const char* vector = "sentence_embedding";
  const std::string activation = config.value("activation_function", json()).is_string()
                                     ? config["activation_function"].get<std::string>()
                                     : std::string();
  return (activation == "Identity" || activation.ends_with(".Identity")) && config.value("bias", json(true)) == true &&
         config.value("use_residual", json(false)) == false &&
         config.value("module_input_name", json(vector)) == vector &&
         (!config.contains("module_output_name") || config["module_output_name"].is_null() ||
          config["module_output_name"] == vector);
}

json module_entry(int index, const std::string& path, const std::string& type) {
  return {{"idx", index},
          {"name", std::to_string(index)},
          {"path", path},
          {"type", "sentence_transformers.models." + type}};
}

}  // namespace

std::vector<Module> read_modules(const fs::path& directory) {
  const fs::path file = directory / kModules;
  if (!fs::exists(file)) return {};
  const json list = parse_json_file(read_file(file, ErrorKind::checkpoint), file, ErrorKind::checkpoint);
  if (!list.is_array() || list.empty()) {
    throw CheckpointError(concat(file.string(), ": expected an array of modules, found ", quote(list.dump())));
  }
  std::vector<Module> modules;
  for (const json& entry : list) {
    const std::size_t index = modules.size();
    // Packages moved between releases of sentence-transformers; the class names did not.
    const std::string type = string_member(entry, "type", index, file);
    modules.push_back(
        {type.substr(type.rfind('.') + 1), inside(directory, string_member(entry, "path", index, file), index, file)});
  }
  return modules;
}

fs::path encoder_folder(const fs::path& directory, const std::vector<Module>& modules) {
  if (modules.front().type != "Transformer") {
    throw CheckpointError(concat((directory / kModules).string(), ": the first module is ", quote(modules.front().type),
                                 "; expected a Transformer"));
  }
  return modules.front().path;
}

std::vector<std::string> pooling_modes(const Module& pooling) {
  std::vector<std::string> modes;
  if (!fs::exists(pooling.path / "config.json")) return modes;
  const json config = read_json_object(pooling.path / "config.json", ErrorKind::checkpoint);
  if (const auto mode = config.find("pooling_mode"); mode != config.end()) {
    for (const json& name : mode->is_array() ? *mode : json::array({*mode})) {
      modes.push_back(name.is_string() ? name.get<std::string>() : name.dump());
    }
    return modes;
  }
  // The older form has one flag for each mode, "pooling_mode_cls_token"; mean is what none of them stands for.
  constexpr std::string_view prefix = "pooling_mode_";
  for (const auto& [key, value] : config.items()) {
    if (!key.starts_with(prefix) || value == false) continue;
    const std::string mode = key.substr(prefix.size());
    modes.push_back(mode.substr(0, mode.find("_token")));
  }
  return modes.empty() ? std::vector<std::string>{"mean"} : modes;
}

std::optional<HeadFolder> find_dense_head(const std::vector<Module>& modules, std::optional<Pooling> pooling,
                                          std::size_t labels) {
  std::vector<std::string> types;
  types.reserve(modules.size());
  for (const Module& module : modules) types.push_back(module.type);
  const std::vector<std::string> plain{"Transformer", "Pooling", "Dense"};
  const std::vector<std::string> normalized{"Transformer", "Pooling", "Normalize", "Dense"};
  if (labels == 0 || !pooling || (types != plain && types != normalized)) return std::nullopt;
  const json dense = read_json_object(modules.back().path / "config.json", ErrorKind::checkpoint);
  if (!is_linear_layer(dense) || dense.value("out_features", json()) != labels) return std::nullopt;
  const json in_features = dense.value("in_features", json());
  if (!in_features.is_number_unsigned()) {
    throw CheckpointError(concat((modules.back().path / "config.json").string(),
                                 ": \"in_features\": expected an integer, found ", quote(in_features.dump())));
  }
  return HeadFolder{modules.back().path, *pooling, types == normalized, in_features.get<std::int64_t>()};
}

std::vector<std::string> module_files() {
  return {kModules,
          "1_Pooling/config.json",
          "2_Dense/config.json",
          "2_Dense/model.safetensors",
          "3_Dense/config.json",
          "3_Dense/model.safetensors"};
}

void write_modules(const fs::path& to, const std::string& encoder, const SentenceTransformersHead& head) {
  const std::int64_t labels = head.weight.size(0);
  const std::int64_t hidden = head.weight.size(1);
  json modules = json::array({module_entry(0, encoder, "Transformer"), module_entry(1, "1_Pooling", "Pooling")});
  if (head.normalize) modules.push_back(module_entry(2, "2_Normalize", "Normalize"));
  const int last = static_cast<int>(modules.size());
  const std::string dense = concat(last, "_Dense");
  modules.push_back(module_entry(last, dense, "Dense"));
  write_json(to / kModules, modules);

  make_directories(to / "1_Pooling");
  write_json(to / "1_Pooling" / "config.json", {{"word_embedding_dimension", hidden},
                                                {"pooling_mode_cls_token", head.pooling == Pooling::cls},
                                                {"pooling_mode_mean_tokens", head.pooling == Pooling::mean},
                                                {"pooling_mode_max_tokens", false},
                                                {"pooling_mode_mean_sqrt_len_tokens", false}});
  make_directories(to / dense);
  write_json(to / dense / "config.json", {{"in_features", hidden},
                                          {"out_features", labels},
                                          {"bias", true},
                                          {"activation_function", "torch.nn.modules.linear.Identity"}});
  write_safetensors(to / dense / "model.safetensors", {{kHeadWeight, head.weight}, {kHeadBias, head.bias}});
}

}  // namespace tt::checkpoint
