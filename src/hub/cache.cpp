#include "hub/cache.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/json.hpp"
#include "transfer_tune/core/owned_files.hpp"
#include "transfer_tune/core/text.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <nlohmann/json.hpp>

namespace tt::hub {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSmallFiles[] = {"config.json",
                                            "modules.json",
                                            "config_sentence_transformers.json",
                                            "sentence_bert_config.json",
                                            "adapter_config.json",
                                            "tokenizer.json",
                                            "tokenizer_config.json",
                                            "special_tokens_map.json",
                                            "added_tokens.json",
                                            "vocab.txt",
                                            "vocab.json",
                                            "merges.txt",
                                            "sentencepiece.bpe.model",
                                            "spiece.model",
                                            "spm.model"};
constexpr std::string_view kTokenizers[] = {"tokenizer.json",          "vocab.txt",    "vocab.json",
                                            "sentencepiece.bpe.model", "spiece.model", "spm.model"};
/// The kinds of weights, the first that a folder has being taken: one file, or the index and shards of several.
struct Weights {
  std::string_view start;
  std::string_view end;
};
constexpr Weights kWeights[] = {{"model", ".safetensors"}, {"pytorch_model", ".bin"}};

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

/// "1_Pooling": where sentence-transformers keeps a module.
bool is_module_folder(std::string_view name) {
  const std::size_t digits = static_cast<std::size_t>(
      std::ranges::find_if_not(name, [](unsigned char c) { return std::isdigit(c) != 0; }) - name.begin());
  return digits > 0 && digits + 1 < name.size() && name[digits] == '_' &&
         std::ranges::all_of(name, [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

/// "model-00001-of-00002.safetensors"
bool is_shard(std::string_view name, const Weights& weights) {
  if (!name.starts_with(weights.start) || !name.ends_with(weights.end)) return false;
  const std::string_view middle =
      name.substr(weights.start.size(), name.size() - weights.start.size() - weights.end.size());
  return middle.starts_with('-') && middle.find("-of-") != std::string_view::npos &&
         std::ranges::all_of(middle, [](unsigned char c) { return std::isalnum(c) != 0 || c == '-'; });
}

bool has_weights(const fs::path& folder) {
  for (const Weights& weights : kWeights) {
    const std::string file = concat(weights.start, weights.end);
    if (is_there(folder / file)) return true;
    const fs::path index = folder / (file + ".index.json");
    if (!is_there(index)) continue;
    try {
      const nlohmann::json map = read_json_object(index, ErrorKind::checkpoint).value("weight_map", nlohmann::json());
      return map.is_object() && std::ranges::all_of(map, [&](const nlohmann::json& shard) {
               return shard.is_string() && is_there(folder / shard.get<std::string>());
             });
    } catch (const CheckpointError&) {
      return false;
    }
  }
  return false;
}

}  // namespace

ModelCache::ModelCache(const fs::path& cache, const std::string& name) {
  std::string folder = "models--" + name;
  if (const std::size_t slash = folder.find('/'); slash != std::string::npos) folder.replace(slash, 1, "--");
  folder_ = cache / folder;
  locks_ = cache / ".locks" / folder;
}

fs::path ModelCache::snapshot(const std::string& commit) const { return folder_ / "snapshots" / commit; }

fs::path ModelCache::blob(const std::string& etag) const { return folder_ / "blobs" / etag; }

fs::path ModelCache::lock(const std::string& etag) const {
  make_directories(locks_);
  return locks_ / (etag + ".lock");
}

std::optional<std::string> ModelCache::commit_of(const std::string& revision) const {
  if (is_commit(revision)) return revision;
  const fs::path file = folder_ / "refs" / revision;
  std::error_code ignored;
  if (!fs::is_regular_file(file, ignored)) return std::nullopt;
  std::string text = read_file(file, ErrorKind::checkpoint);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.pop_back();
  return is_commit(text) ? std::optional(text) : std::nullopt;
}

void ModelCache::set_commit(const std::string& revision, const std::string& commit) const {
  const fs::path file = folder_ / "refs" / revision;
  if (is_commit(revision) || commit_of(revision) == commit) return;
  make_directories(file.parent_path());
  replace_file(file, commit);
}

void ModelCache::link(const std::string& commit, const std::string& file, const std::string& etag) const {
  const fs::path place = snapshot(commit) / file;
  if (is_there(place)) return;
  make_directories(place.parent_path());
  std::error_code error;
  fs::create_symlink(blob(etag).lexically_relative(place.parent_path()), place, error);
  // Another process may have been there meanwhile.
  if (error && !is_there(place)) throw IoError(concat(place.string(), ": cannot link: ", error.message()));
}

void ModelCache::note_absent(const std::string& commit, const std::string& file) const {
  const fs::path place = folder_ / ".no_exist" / commit / file;
  make_directories(place.parent_path());
  append_file(place, "");
}

bool ModelCache::is_absent(const std::string& commit, const std::string& file) const {
  return is_there(folder_ / ".no_exist" / commit / file);
}

bool is_commit(std::string_view text) {
  return text.size() == 40 &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

void check_revision(const std::string& revision) {
  const auto is_plain = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.' || c == '/';
  };
  const bool odd = revision.empty() || revision.size() > 200 || !std::ranges::all_of(revision, is_plain) ||
                   revision.find("..") != std::string::npos || revision.find("//") != std::string::npos ||
                   revision.front() == '/' || revision.back() == '/' || revision.front() == '.';
  if (odd) {
    throw UsageError(concat("encoder.revision: found ", quote(revision),
                            ", expected a branch, a tag or a commit of the hub, such as main"));
  }
}

std::vector<std::string> needed_files(const std::vector<std::string>& files) {
  std::map<std::string, std::vector<std::string>> folders;
  for (const std::string& file : files) {
    const std::size_t slash = file.find('/');
    if (slash != std::string::npos && !is_module_folder(std::string_view(file).substr(0, slash))) continue;
    folders[slash == std::string::npos ? "" : file.substr(0, slash + 1)].push_back(
        slash == std::string::npos ? file : file.substr(slash + 1));
  }
  std::vector<std::string> needed;
  for (const auto& [folder, names] : folders) {
    for (const std::string& name : names) {
      if (std::ranges::find(kSmallFiles, name) != std::end(kSmallFiles)) needed.push_back(folder + name);
    }
    for (const Weights& weights : kWeights) {
      const std::string single = concat(weights.start, weights.end);
      const bool is_single = std::ranges::find(names, single) != names.end();
      std::vector<std::string> taken;
      for (const std::string& name : names) {
        const bool is_index = name == single + ".index.json";
        if (is_single ? name == single : is_index || is_shard(name, weights)) taken.push_back(folder + name);
      }
      needed.insert(needed.end(), taken.begin(), taken.end());
      if (!taken.empty()) break;
    }
  }
  return needed;
}

bool looks_whole(const fs::path& snapshot) {
  std::vector<fs::path> modules;
  try {
    if (is_there(snapshot / "modules.json")) {
      const fs::path file = snapshot / "modules.json";
      const JsonDocument list = JsonDocument::read(file, ErrorKind::checkpoint);
      for (const JsonView& module : list.root().items()) modules.push_back(snapshot / module.at("path").string());
    }
  } catch (const CheckpointError&) {
    return false;
  }
  const fs::path encoder = modules.empty() ? snapshot : modules.front();
  // A Normalize has nothing to keep, and no folder then; a Dense has weights of its own.
  const bool has_modules = std::ranges::all_of(modules, [&](const fs::path& folder) {
    const std::string name = folder.filename().string();
    return name.ends_with("_Normalize") ||
           (is_there(folder / "config.json") && (!name.ends_with("_Dense") || has_weights(folder)));
  });
  return has_modules && is_there(encoder / "config.json") && has_weights(encoder) &&
         std::ranges::any_of(kTokenizers, [&](std::string_view name) { return is_there(encoder / name); });
}

}  // namespace tt::hub
