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

/// The prompt that sentence-transformers puts in front of a text when none is named; empty without one.
std::string default_prompt(const json& config) {
  const json name = config.value("default_prompt_name", json());
  const json prompts = config.value("prompts", json());
  if (!name.is_string() || !prompts.is_object()) return {};
  const json prompt = prompts.value(name.get<std::string>(), json());
  return prompt.is_string() ? prompt.get<std::string>() : std::string();
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
  for (const Module& module : modules) {
    const bool used = module.type == "Transformer" || module.type == "Pooling" || module.type == "Normalize" ||
                      (module.type == "Dense" && read.dense_head);
    if (used) continue;
    out.push_back(concat(module.path.string(), ": the module ", module.type,
                         " is not used: only the encoder and its pooling are read from this directory"));
  }
  const fs::path encoder_config = read.encoder / "sentence_bert_config.json";
  if (optional_object(encoder_config).value("do_lower_case", json()) == true) {
    out.push_back(concat(encoder_config.string(),
                         ": \"do_lower_case\" is true, so that sentence-transformers lowercases texts before they are "
                         "tokenized; here the tokenizer's own files alone decide"));
  }
  const fs::path prompts = read.root / "config_sentence_transformers.json";
  if (const std::string prompt = default_prompt(optional_object(prompts)); !prompt.empty()) {
    out.push_back(concat(prompts.string(), ": the prompt ", quote(prompt),
                         ", which sentence-transformers puts in front of every text by default, is not used"));
  }
  return out;
}

}  // namespace tt::checkpoint
