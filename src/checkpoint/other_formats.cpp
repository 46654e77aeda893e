#include "checkpoint/other_formats.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/json.hpp"
#include "transfer_tune/core/text.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace tt::checkpoint {
namespace {

namespace fs = std::filesystem;

constexpr const char* kAdapterConfig = "adapter_config.json";

/// How weights that are not read are recognised, and what is said of them.
struct Format {
  std::string_view ending;  ///< of a file's name
  std::string_view what;
};
constexpr std::array kFormats{
    Format{".bin", "weights of PyTorch under another name"},
    Format{".pt", "what a trainer of PyTorch keeps"},
    Format{".pth", "what a trainer of PyTorch keeps"},
    Format{".ckpt", "what a trainer of PyTorch keeps"},
    Format{".onnx", "an ONNX graph, made for running a model"},
    Format{".h5", "weights of TensorFlow"},
    Format{".msgpack", "weights of Flax"},
    Format{".gguf", "quantized weights of llama.cpp"},
    Format{".safetensors", "weights under another name"},
};

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

bool is_model(const fs::path& directory) {
  return is_there(directory / "config.json") || is_there(directory / "modules.json");
}

/// The entries of `directory` in the order of their names; none where it cannot be listed.
std::vector<fs::path> entries_of(const fs::path& directory) {
  std::error_code ignored;
  std::vector<fs::path> entries;
  for (fs::directory_iterator entry(directory, ignored), end; entry != end; entry.increment(ignored)) {
    entries.push_back(entry->path());
  }
  std::sort(entries.begin(), entries.end());
  return entries;
}

[[noreturn]] void fail_absent(const fs::path& directory) {
  throw CheckpointError(concat(directory.string(),
                               ": no such directory; expected a Hugging Face directory with config.json, "
                               "model.safetensors and the tokenizer's files, or the name of a model on the hub "
                               "(organisation/name)"));
}

[[noreturn]] void fail_as_adapter(const fs::path& directory) {
  const nlohmann::json config = read_json_object(directory / kAdapterConfig, ErrorKind::checkpoint);
  const auto base = config.find("base_model_name_or_path");
  const std::string base_name = base != config.end() && base->is_string() ? base->get<std::string>() : "BASE";
  throw CheckpointError(
      concat(directory.string(), ": a PEFT adapter (", kAdapterConfig, ") of ", quote(base_name),
             ", not a whole encoder; predict and evaluate take it as --adapter; for all else merge it first, with "
             "Python: from peft import PeftModel; from "
             "transformers import AutoModel; PeftModel.from_pretrained(AutoModel.from_pretrained(",
             quote(base_name), "), ", quote(directory.string()),
             ").merge_and_unload().save_pretrained(DIR); and copy the base's tokenizer files to DIR"));
}

/// The model's own directory where `directory` merely holds it, as the hub's cache and archives do.
std::optional<fs::path> model_inside(const fs::path& directory) {
  for (const fs::path& folder : {directory, directory / "snapshots"}) {
    for (const fs::path& entry : entries_of(folder)) {
      if (is_model(entry)) return entry;
    }
  }
  return std::nullopt;
}

}  // namespace

void require_model_directory(const fs::path& directory) {
  if (!is_there(directory)) fail_absent(directory);
  std::error_code ignored;
  if (!fs::is_directory(directory, ignored)) {
    throw CheckpointError(
        concat(directory.string(), ": expected a directory with config.json and model.safetensors, found a file"));
  }
  if (is_there(directory / kAdapterConfig) && !is_there(directory / "config.json")) fail_as_adapter(directory);
  if (is_model(directory)) return;
  if (const auto inside = model_inside(directory)) {
    throw CheckpointError(
        concat(directory.string(), ": has no config.json, but ", inside->string(), " has one; give that directory"));
  }
  throw CheckpointError(concat((directory / "config.json").string(),
                               ": no such file; expected a Hugging Face directory with config.json, model.safetensors "
                               "and the tokenizer's files"));
}

void fail_without_weights(const fs::path& directory) {
  if (is_there(directory / kAdapterConfig)) fail_as_adapter(directory);
  std::vector<fs::path> entries = entries_of(directory);
  for (fs::path& graph : entries_of(directory / "onnx")) entries.push_back(std::move(graph));
  for (const Format& format : kFormats) {
    for (const fs::path& file : entries) {
      if (!file.filename().string().ends_with(format.ending) || file.filename() == "training_args.bin") continue;
      throw CheckpointError(
          concat(file.string(), ": ", format.what,
                 "; only model.safetensors and pytorch_model.bin are read. Where transformers can load "
                 "it, convert it to model.safetensors with Python: from transformers import AutoModel; "
                 "AutoModel.from_pretrained(DIR).save_pretrained(DIR)"));
    }
  }
  throw CheckpointError(
      concat(directory.string(),
             ": no weights: expected model.safetensors, pytorch_model.bin, or the index of several of either"));
}

}  // namespace tt::checkpoint
