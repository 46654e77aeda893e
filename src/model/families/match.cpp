#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/model/blocks/encoder_blocks.hpp"
#include "transfer_tune/model/family.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <map>

namespace tt::model {
namespace {

namespace fs = std::filesystem;

/// True when `name` is `suffix`, or ends in it after a dot.
bool ends_in(std::string_view name, std::string_view suffix) {
  return name.ends_with(suffix) && (name.size() == suffix.size() || name[name.size() - suffix.size() - 1] == '.');
}

bool is_ignored(const Family& family, const std::string& name) {
  return std::any_of(family.ignored_suffixes.begin(), family.ignored_suffixes.end(),
                     [&](const std::string& suffix) { return ends_in(name, suffix); });
}

std::string modern_name(const Family& family, const std::string& name) {
  for (const auto& [legacy, modern] : family.legacy_suffixes) {
    if (ends_in(name, legacy)) return name.substr(0, name.size() - legacy.size()) + modern;
  }
  return name;
}

/// What stands before the encoder's names in this file: "", "bert.", or a wrapper's such as "0.auto_model.". The one
/// under which most parameters are found; among equals the family's own, else the first by name.
std::string find_prefix(const Family& family, const std::vector<ParameterKey>& keys,
                        const std::vector<std::string>& names) {
  std::map<std::string, std::size_t> found;  // parameters under each prefix
  for (const std::string& name : names) {
    for (const ParameterKey& key : keys) {
      if (key.in_base_model && ends_in(name, key.name)) ++found[name.substr(0, name.size() - key.name.size())];
    }
  }
  std::string best = family.prefix;
  std::size_t most = found[best];
  for (const auto& [prefix, count] : found) {
    if (count <= most) continue;
    best = prefix;
    most = count;
  }
  return best;
}

/// What stands before the names of a classifier around the base model, whose own have `prefix`.
std::string outer_prefix(const Family& family, const std::string& prefix) {
  return prefix.ends_with(family.prefix) ? prefix.substr(0, prefix.size() - family.prefix.size()) : prefix;
}

std::string shape_text(c10::IntArrayRef shape) { return concat(shape); }

/// Why `tensor` cannot be `key`; empty when it can.
std::string mismatch(const ParameterKey& key, const at::Tensor& tensor) {
  switch (tensor.scalar_type()) {
    case at::kFloat:
    case at::kDouble:
    case at::kHalf:
    case at::kBFloat16:
      break;
    default:
      return concat("is ", tensor.scalar_type(), "; expected F32, F16, BF16 or F64");
  }
  if (tensor.sizes() == c10::IntArrayRef(key.shape)) return {};
  return concat("has shape ", shape_text(tensor.sizes()), "; config.json asks for ", shape_text(key.shape));
}

/// The tensors by their modern names, without ignored buffers.
std::map<std::string, std::pair<std::string, at::Tensor>> rename(const Family& family,
                                                                 const checkpoint::NamedTensors& tensors,
                                                                 const fs::path& file) {
  std::map<std::string, std::pair<std::string, at::Tensor>> renamed;
  for (const auto& [name, tensor] : tensors) {
    if (is_ignored(family, name)) continue;
    const auto [place, inserted] = renamed.try_emplace(modern_name(family, name), name, tensor);
    if (!inserted) {
      throw CheckpointError(concat(file.string(), ": tensors ", quote(place->second.first), " and ", quote(name),
                                   " are the same parameter under an old and a new name"));
    }
  }
  return renamed;
}

}  // namespace

std::vector<ParameterKey> Family::parameter_keys(const EncoderSpec& spec) const {
  ParameterTable table;
  (void)make_blocks(table, spec, names);
  return table.keys();
}

MatchedTensors match_tensors(const Family& family, const EncoderSpec& spec, const checkpoint::NamedTensors& tensors,
                             const fs::path& file) {
  const std::vector<ParameterKey> keys = family.parameter_keys(spec);
  auto renamed = rename(family, tensors, file);
  std::vector<std::string> names;
  names.reserve(renamed.size());
  for (const auto& [name, tensor] : renamed) names.push_back(name);
  const std::string prefix = find_prefix(family, keys, names);
  const std::string outer = outer_prefix(family, prefix);

  MatchedTensors matched;
  std::vector<std::string> problems;
  for (const ParameterKey& key : keys) {
    const auto found = renamed.find((key.in_base_model ? prefix : outer) + key.name);
    if (found == renamed.end()) {
      if (key.optional) {
        (key.in_base_model ? matched.missing : matched.missing_head).push_back(key.name);
      } else {
        problems.push_back(key.name + " is missing");
      }
      continue;
    }
    const auto& [file_name, tensor] = found->second;
    if (const std::string problem = mismatch(key, tensor); !problem.empty()) {
      problems.push_back(concat(file_name, " ", problem));
    }
    matched.encoder.emplace(key.name, tensor);
    matched.names.push_back(file_name);
    renamed.erase(found);
  }
  if (!problems.empty()) {
    throw CheckpointError(concat(file.string(), ": the weights do not fit a ", family.model_type, " encoder of ",
                                 spec.num_hidden_layers, " layers as config.json describes it:\n  ",
                                 join(problems, "\n  ")));
  }
  for (auto& [name, named] : renamed) matched.others.emplace(named.first, named.second);
  return matched;
}

}  // namespace tt::model
