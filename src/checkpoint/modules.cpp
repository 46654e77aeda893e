#include "checkpoint/modules.hpp"

#include "checkpoint/weights.hpp"
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
constexpr const char* kVector = "sentence_embedding";  ///< what a Dense module is over and gives, as its config says it
constexpr const char* kIdentity = "torch.nn.modules.linear.Identity";
constexpr const char* kDenseFile = "model.safetensors";
constexpr const char* kDenseWeight = "linear.weight";
constexpr const char* kDenseBias = "linear.bias";
constexpr std::size_t kMostDense = 8;
constexpr std::int64_t kMostFeatures = 1 << 20;

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
  const std::string activation = config.value("activation_function", json()).is_string()
                                     ? config["activation_function"].get<std::string>()
                                     : std::string();
  return (activation == "Identity" || activation.ends_with(".Identity")) && config.value("bias", json(true)) == true &&
         config.value("use_residual", json(false)) == false &&
         config.value("module_input_name", json(kVector)) == kVector &&
         (!config.contains("module_output_name") || config["module_output_name"].is_null() ||
          config["module_output_name"] == kVector);
}

/// True where the Dense module in `folder` gives a number for each of so many labels.
bool is_head(const fs::path& folder, std::size_t labels) {
  if (labels == 0) return false;
  const json config = read_json_object(folder / "config.json", ErrorKind::checkpoint);
  return is_linear_layer(config) && config.value("out_features", json()) == labels;
}

std::string dense_folder(std::size_t index) { return concat(index, "_Dense"); }

json module_entry(std::size_t index, const std::string& path, const std::string& type) {
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

DenseFolders find_dense(const std::vector<Module>& modules, std::optional<Pooling> pooling, std::size_t labels) {
  DenseFolders out;
  if (!pooling || modules.size() < 3 || modules[1].type != "Pooling") return out;
  auto next = modules.begin() + 2;
  for (; next != modules.end() && next->type == "Dense"; ++next) out.encoder.push_back(next->path);
  out.normalize = next != modules.end() && next->type == "Normalize";
  if (out.normalize) ++next;
  const auto left = modules.end() - next;
  if (out.normalize && left == 1 && next->type == "Dense" && is_head(next->path, labels)) {
    out.head = next->path;
  } else if (!out.normalize && left == 0 && !out.encoder.empty() && is_head(out.encoder.back(), labels)) {
    out.head = out.encoder.back();
    out.encoder.pop_back();
  }
  if (out.encoder.size() > kMostDense) {
    throw CheckpointError(concat(out.encoder.front().string(), ": found ", out.encoder.size(),
                                 " Dense modules one behind the other, expected at most ", kMostDense));
  }
  return out;
}

DenseModule read_dense(const fs::path& folder, std::vector<fs::path>& files) {
  const JsonDocument document = JsonDocument::read(folder / "config.json", ErrorKind::checkpoint);
  const JsonView config = document.root().object();
  for (const char* key : {"module_input_name", "module_output_name"}) {
    if (const std::string name = config.string_or(key, kVector); name != kVector) {
      config.at(key).fail(concat("found ", quote(name), ", expected ", quote(kVector),
                                 ": a Dense module is read over a whole text's vector alone"));
    }
  }
  if (config.boolean_or("use_residual", false)) {
    config.at("use_residual").fail("found true, expected false: a Dense module that adds its input is not supported");
  }
  DenseModule out{folder, config.string_or("activation_function", "torch.nn.modules.activation.Tanh"), {}, {}};
  const std::vector<std::int64_t> shape{config.at("out_features").integer(1, kMostFeatures),
                                        config.at("in_features").integer(1, kMostFeatures)};
  Weights weights = read_weights(folder);
  const auto tensor = [&](const char* name, c10::IntArrayRef expected) -> const at::Tensor& {
    const auto found = weights.tensors.find(name);
    if (found == weights.tensors.end() || found->second.sizes() != expected || !found->second.is_floating_point()) {
      throw CheckpointError(concat(weights.files.front().string(), ": expected a floating-point tensor \"", name,
                                   "\" of shape ", expected, " as config.json beside it says"));
    }
    require_finite(weights.file_of.at(name), name, found->second);
    return found->second;
  };
  out.weight = tensor(kDenseWeight, shape);
  if (config.boolean_or("bias", true)) out.bias = tensor(kDenseBias, {shape[0]});
  files.insert(files.end(), weights.files.begin(), weights.files.end());
  return out;
}

std::vector<std::string> module_files() {
  std::vector<std::string> files{kModules, "1_Pooling/config.json"};
  // Normalize, and the head's Dense.
  for (std::size_t i = 2; i < 2 + kMostDense + 2; ++i) {
    for (const char* name : {"config.json", kDenseFile}) files.push_back(concat(dense_folder(i), '/', name));
  }
  return files;
}

void write_modules(const fs::path& to, const std::string& encoder, const SentenceTransformersHead& head) {
  json modules = json::array({module_entry(0, encoder, "Transformer"), module_entry(1, "1_Pooling", "Pooling")});
  const auto write_dense = [&](const DenseModule& module) {
    const std::string folder = dense_folder(modules.size());
    modules.push_back(module_entry(modules.size(), folder, "Dense"));
    make_directories(to / folder);
    write_json(to / folder / "config.json", {{"in_features", module.weight.size(1)},
                                             {"out_features", module.weight.size(0)},
                                             {"bias", module.bias.defined()},
                                             {"activation_function", module.activation}});
    NamedTensors tensors{{kDenseWeight, module.weight}};
    if (module.bias.defined()) tensors.emplace(kDenseBias, module.bias);
    write_safetensors(to / folder / kDenseFile, tensors);
  };
  const std::int64_t hidden = (head.dense.empty() ? head.weight : head.dense.front().weight).size(1);
  make_directories(to / "1_Pooling");
  write_json(to / "1_Pooling" / "config.json", {{"word_embedding_dimension", hidden},
                                                {"pooling_mode_cls_token", head.pooling == Pooling::cls},
                                                {"pooling_mode_mean_tokens", head.pooling == Pooling::mean},
                                                {"pooling_mode_max_tokens", false},
                                                {"pooling_mode_mean_sqrt_len_tokens", false}});
  for (const DenseModule& module : head.dense) write_dense(module);
  if (head.normalize) {
    modules.push_back(module_entry(modules.size(), concat(modules.size(), "_Normalize"), "Normalize"));
  }
  write_dense({{}, kIdentity, head.weight, head.bias});
  write_json(to / kModules, modules);
}

}  // namespace tt::checkpoint
