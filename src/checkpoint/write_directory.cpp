#include "checkpoint/adapter_names.hpp"
#include "checkpoint/labels.hpp"
#include "checkpoint/modules.hpp"
#include "checkpoint/tokenizer_files.hpp"
#include "transfer_tune/checkpoint/adapter.hpp"
#include "transfer_tune/checkpoint/directory.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/json.hpp"
#include "transfer_tune/core/text.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace tt::checkpoint {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// Keys of a config.json that say how the source's own weights were stored, or which code and output its users had:
/// with them, Python would answer otherwise or not at all.
constexpr std::array kNotCarried{"function_to_apply",
                                 "task_specific_params",
                                 "quantization_config",
                                 "auto_map",
                                 "pruned_heads",
                                 "return_dict",
                                 "torchscript",
                                 "tokenizer_class",
                                 "output_attentions",
                                 "output_hidden_states",
                                 "chunk_size_feed_forward"};

const char* torch_name(at::ScalarType type) {
  switch (type) {
    case at::kHalf:
      return "float16";
    case at::kBFloat16:
      return "bfloat16";
    case at::kDouble:
      return "float64";
    default:
      return "float32";
  }
}

/// The source's config with our labels. A stated dtype becomes that of the weights written: transformers loads in it.
json config_with_labels(const EncoderDirectory& from, const NamedTensors& tensors,
                        const std::vector<std::string>& labels) {
  json config = parse_json_object(from.config_json, from.encoder / "config.json", ErrorKind::checkpoint);
  set_labels(config, labels);
  const auto weight =
      std::find_if(tensors.begin(), tensors.end(), [](const auto& named) { return named.second.is_floating_point(); });
  for (const char* key : kNotCarried) config.erase(key);
  for (const char* key : {"dtype", "torch_dtype"}) {
    if (config.contains(key) && weight != tensors.end()) config[key] = torch_name(weight->second.scalar_type());
  }
  return config;
}

/// "BertForMaskedLM" → "BertModel": the bare encoder's class.
std::string encoder_class(const std::string& architecture) {
  const std::size_t head = architecture.find("For");
  return head == std::string::npos ? architecture : architecture.substr(0, head) + "Model";
}

void name_encoder_class(json& config) {
  const auto names = config.find("architectures");
  if (names == config.end() || !names->is_array()) return;
  for (json& name : *names) {
    if (name.is_string()) name = encoder_class(name.get<std::string>());
  }
}

void check_labels(const at::Tensor& weight, const ClassifierMetadata& metadata) {
  if (weight.dim() != 2 || weight.size(0) != static_cast<std::int64_t>(metadata.labels.size())) {
    throw InternalError(
        concat("the head has shape ", weight.sizes(), ", but there are ", metadata.labels.size(), " labels"));
  }
}

/// What sentence-transformers reads the prompt from; `predict` too, whatever the head.
void write_prompt(const fs::path& to, const std::string& prompt) {
  const bool has_prompt = !prompt.empty();
  write_json(to / kPromptsFile, {{"model_type", "SentenceTransformer"},
                                 {"prompts", has_prompt ? json{{"default", prompt}} : json::object()},
                                 {"default_prompt_name", has_prompt ? json("default") : json()},
                                 {"similarity_fn_name", nullptr}});
}

/// All of a sentence-transformers directory but the encoder, which is in the folder `encoder` of it.
void write_modules_around(const fs::path& to, const std::string& encoder, const SentenceTransformersHead& head,
                          const ClassifierMetadata& metadata) {
  check_labels(head.weight, metadata);
  write_json(to / encoder / "sentence_bert_config.json",
             {{"do_lower_case", false}, {"max_seq_length", metadata.max_length}});
  write_modules(to, encoder, head);
  write_prompt(to, metadata.prompt);
}

}  // namespace

std::vector<std::string> adapter_files() {
  std::vector<std::string> files = tokenizer_file_names();
  files.insert(files.end(), {kAdapterClassifier, "adapter_config.json", "adapter_model.safetensors",
                             "sentence_bert_config.json", kPromptsFile});
  const std::vector<std::string> modules = module_files();
  files.insert(files.end(), modules.begin(), modules.end());
  return files;
}

std::vector<std::string> written_files() {
  std::vector<std::string> encoder = tokenizer_file_names();
  encoder.insert(encoder.end(), {"config.json", "model.safetensors"});
  std::vector<std::string> files = encoder;
  for (const std::string& name : encoder) files.push_back(concat(kEncoderFolder, '/', name));
  files.insert(files.end(), {concat(kEncoderFolder, "/sentence_bert_config.json"), kPromptsFile});
  const std::vector<std::string> modules = module_files();
  files.insert(files.end(), modules.begin(), modules.end());
  return files;
}

void write_native(const fs::path& to, const EncoderDirectory& from, const NamedTensors& tensors,
                  const ClassifierMetadata& metadata) {
  make_directories(to);
  json config = config_with_labels(from, tensors, metadata.labels);
  config["architectures"] = json::array({metadata.architecture});
  config["problem_type"] = metadata.multi_label ? kMultiLabel : "single_label_classification";
  write_json(to / "config.json", config);
  write_safetensors(to / "model.safetensors", tensors);
  copy_tokenizer(from.encoder, to, metadata.max_length);
  if (!metadata.prompt.empty()) write_prompt(to, metadata.prompt);
}

void write_sentence_transformers(const fs::path& to, const EncoderDirectory& from, const NamedTensors& tensors,
                                 const SentenceTransformersHead& head, const ClassifierMetadata& metadata) {
  const fs::path encoder = to / kEncoderFolder;
  make_directories(encoder);
  json config = config_with_labels(from, tensors, metadata.labels);
  name_encoder_class(config);
  config.erase("problem_type");
  if (metadata.multi_label) config["problem_type"] = kMultiLabel;
  write_json(encoder / "config.json", config);
  write_safetensors(encoder / "model.safetensors", tensors);
  copy_tokenizer(from.encoder, encoder, metadata.max_length);
  write_modules_around(to, kEncoderFolder, head, metadata);
}

void write_adapter(const fs::path& to, const EncoderDirectory& from, const Adapter& adapter,
                   const SentenceTransformersHead* head, const ClassifierMetadata& metadata) {
  make_directories(to);
  json classifier = {{kBaseHash, from.weights_sha256}};
  set_labels(classifier, metadata.labels);
  if (metadata.multi_label) classifier["problem_type"] = kMultiLabel;
  write_json(to / kAdapterClassifier, classifier);
  write_json(to / "adapter_config.json",
             {{"peft_type", "LORA"},
              {"task_type", adapter.task_type},
              {"base_model_name_or_path", fs::absolute(from.encoder).lexically_normal().string()},
              {"r", adapter.r},
              {"lora_alpha", adapter.lora_alpha},
              {"lora_dropout", adapter.lora_dropout},
              {"target_modules", adapter.target_modules},
              {"modules_to_save", adapter.modules_to_save.empty() ? json() : json(adapter.modules_to_save)},
              {"bias", "none"},
              {"fan_in_fan_out", false},
              {"inference_mode", true},
              {"use_rslora", adapter.use_rslora}});
  NamedTensors tensors;
  for (const auto& [name, tensor] : adapter.tensors) tensors.emplace(kPeftPrefix + name, tensor);
  write_safetensors(to / "adapter_model.safetensors", tensors);
  copy_tokenizer(from.encoder, to, metadata.max_length);
  if (head != nullptr) {
    write_modules_around(to, "", *head, metadata);
  } else if (metadata.prompt != from.prompt) {
    write_prompt(to, metadata.prompt);  // else the encoder's own holds
  }
}

}  // namespace tt::checkpoint
