#include "checkpoint/stated_settings.hpp"

#include "transfer_tune/core/json.hpp"
#include "transfer_tune/core/text.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

namespace tt::checkpoint {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

fs::path config_of(const Module& module) { return module.path / "config.json"; }

std::vector<Module>::const_iterator find_pooling(const std::vector<Module>& modules) {
  return std::find_if(modules.begin(), modules.end(), [](const Module& module) { return module.type == "Pooling"; });
}

/// The object in `file`; an empty one where there is none.
json optional_object(const fs::path& file) {
  return fs::exists(file) ? read_json_object(file, ErrorKind::checkpoint) : json::object();
}

}  // namespace

std::optional<Pooling> stated_pooling(const std::vector<Module>& modules) {
  const auto module = find_pooling(modules);
  if (module == modules.end()) return std::nullopt;
  const std::vector<std::string> modes = pooling_modes(*module);
  if (modes == std::vector<std::string>{"mean"}) return Pooling::mean;
  if (modes == std::vector<std::string>{"cls"}) return Pooling::cls;
  return std::nullopt;
}

std::vector<std::string> unused_settings(const EncoderDirectory& read, const std::vector<Module>& modules) {
  std::vector<std::string> out;
  const auto pooling = find_pooling(modules);
  const std::vector<std::string> modes =
      pooling != modules.end() ? pooling_modes(*pooling) : std::vector<std::string>();
  if (!modes.empty() && !read.pooling) {
    out.push_back(concat(config_of(*pooling).string(), ": says ", join(modes, " and "),
                         " pooling, which is not supported: the head pools by the mean, or by the first token with "
                         "head.type cls"));
  }
  // Those that are used come first.
  std::size_t used_dense = read.dense.size() + (read.dense_head ? 1 : 0);
  for (const Module& module : modules) {
    const bool used = module.type == "Transformer" || module.type == "Pooling" || module.type == "Normalize" ||
                      (module.type == "Dense" && used_dense > 0);
    if (module.type == "Dense" && used) --used_dense;
    if (used) continue;
    out.push_back(concat(module.path.string(), ": the module ", module.type,
                         " is not used: only the encoder, its pooling and the Dense modules right behind that are "
                         "read from this directory"));
  }
  const fs::path encoder_config = read.encoder / "sentence_bert_config.json";
  if (optional_object(encoder_config).value("do_lower_case", json()) == true) {
    out.push_back(concat(encoder_config.string(),
                         ": \"do_lower_case\" is true, so that sentence-transformers lowercases texts before they are "
                         "tokenized; here the tokenizer's own files alone decide"));
  }
  if (pooling != modules.end() && optional_object(config_of(*pooling)).value("include_prompt", json()) == false) {
    out.push_back(
        concat(config_of(*pooling).string(),
               ": \"include_prompt\" is false, which leaves the tokens of a prompt out of a text's vector; here "
               "they count"));
  }
  return out;
}

bool read_prompts(const fs::path& directory, EncoderDirectory& read) {
  const fs::path file = directory / kPromptsFile;
  if (!fs::exists(file)) return false;
  read.prompts.clear();
  read.prompt.clear();
  const JsonDocument document = JsonDocument::read(file, ErrorKind::checkpoint);
  const JsonView config = document.root().object();
  if (config.has("prompts")) {
    for (const auto& [name, prompt] : config.at("prompts").members())
      if (prompt.is_string()) read.prompts[name] = prompt.string();
  }
  if (!config.has("default_prompt_name")) return true;
  const std::string& name = config.at("default_prompt_name").string();
  const auto found = read.prompts.find(name);
  // Python does not load it either.
  if (found == read.prompts.end()) {
    config.at("default_prompt_name")
        .fail(concat("found ", quote(name), ", expected one of the prompts' names, or null"));
  }
  read.prompt = found->second;
  return true;
}

}  // namespace tt::checkpoint
