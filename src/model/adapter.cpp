#include "transfer_tune/model/adapter.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/model/lora.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <map>
#include <string_view>

namespace tt::model {
namespace {

constexpr std::string_view kWeight = ".weight";

/// `name` without `ending`; empty where it ends otherwise.
std::string without(std::string_view name, std::string_view ending) {
  return name.ends_with(ending) ? std::string(name.substr(0, name.size() - ending.size())) : std::string();
}

/// What is left of a parameter's name before its last dot.
std::string module_of(const std::string& name) { return name.substr(0, name.rfind('.')); }

/// One adapter on its way into one checkpoint.
class Application {
 public:
  Application(const Family& family, const EncoderSpec& spec, const checkpoint::Adapter& adapter,
              MatchedTensors& matched)
      : family_(family), adapter_(adapter), matched_(matched) {
    for (ParameterKey& key : family.parameter_keys(spec)) keys_.emplace(key.name, std::move(key));
  }

  void run() {
    for (const auto& [name, tensor] : adapter_.tensors) {
      if (const std::string module = without(name, kLoraA); !module.empty()) {
        add(module, tensor);
      } else if (const std::string second = without(name, kLoraB); !second.empty()) {
        require(concat(second, kLoraA), concat(second, kLoraB));
      } else {
        replace(name, tensor);
      }
    }
    find_left_out();
    if (problems_.empty()) return;
    throw CheckpointError(concat(adapter_.weights_file().string(), ": the adapter does not fit this ",
                                 family_.model_type, " encoder:\n  ", join(problems_, "\n  ")));
  }

 private:
  [[nodiscard]] std::string bare(const std::string& name) const {
    if (keys_.contains(name) || !name.starts_with(family_.prefix)) return name;
    return name.substr(family_.prefix.size());
  }

  const at::Tensor* require(const std::string& name, const std::string& beside) {
    const auto found = adapter_.tensors.find(name);
    if (found != adapter_.tensors.end()) return &found->second;
    problems_.push_back(concat(name, " is missing beside ", beside));
    return nullptr;
  }

  bool fits(const std::string& name, const at::Tensor& tensor, const std::vector<std::int64_t>& shape) {
    if (tensor.sizes() == at::IntArrayRef(shape)) return true;
    problems_.push_back(concat(name, " has shape ", tensor.sizes(), "; expected ", at::IntArrayRef(shape)));
    return false;
  }

  /// W + scaling · B · A
  void add(const std::string& module, const at::Tensor& a) {
    const std::string a_name = concat(module, kLoraA);
    const std::string b_name = concat(module, kLoraB);
    const at::Tensor* b = require(b_name, a_name);
    const auto key = keys_.find(concat(bare(module), kWeight));
    if (key == keys_.end() || key->second.shape.size() != 2) {
      problems_.push_back(concat(a_name, " is for no linear module of the encoder"));
      return;
    }
    if (b == nullptr) return;
    const std::int64_t rank = adapter_.ranks_differ && a.dim() == 2 ? a.size(0) : adapter_.r;
    const std::vector<std::int64_t>& shape = key->second.shape;
    const bool fit = fits(a_name, a, {rank, shape[1]});
    if (!fits(b_name, *b, {shape[0], rank}) || !fit) return;
    const auto found = matched_.encoder.find(key->first);
    if (found == matched_.encoder.end()) {
      problems_.push_back(concat(a_name, " is for ", key->first, ", which the base's weights lack"));
      return;
    }
    at::Tensor& weight = found->second;
    weight = at::addmm(weight.to(at::kFloat), b->to(at::kFloat), a.to(at::kFloat), 1, adapter_.scaling(rank));
  }

  /// A tensor of a module that was trained whole.
  void replace(const std::string& name, const at::Tensor& tensor) {
    const std::string ours = bare(name);
    if (module_of(ours) == family_.names.head.linear) {
      matched_.others[ours] = tensor;
      return;
    }
    const auto key = keys_.find(ours);
    if (key == keys_.end()) {
      problems_.push_back(concat(name,
                                 " is none of the encoder's; expected lora_A and lora_B of its linear modules, and "
                                 "its own parameters"));
      return;
    }
    if (!fits(name, tensor, key->second.shape)) return;
    matched_.encoder[ours] = tensor;
    std::erase(matched_.missing, ours);
    std::erase(matched_.missing_head, ours);
  }

  /// Modules that the config names and the file has nothing for.
  void find_left_out() {
    for (const auto& [name, key] : keys_) {
      const std::string module = without(name, kWeight);
      if (module.empty() || key.shape.size() != 2 || !key.group.starts_with("layer.")) continue;
      const std::string whole = concat(family_.prefix, module);
      const bool targeted = std::ranges::any_of(adapter_.target_modules, [&](const std::string& target) {
        return module == target || whole == target || whole.ends_with(concat('.', target));
      });
      if (!targeted || adapter_.tensors.contains(concat(module, kLoraA)) ||
          adapter_.tensors.contains(concat(whole, kLoraA)))
        continue;
      problems_.push_back(
          concat(module, kLoraA, " is missing; adapter_config.json names its module in target_modules"));
    }
  }

  const Family& family_;
  const checkpoint::Adapter& adapter_;
  MatchedTensors& matched_;
  std::map<std::string, ParameterKey> keys_;
  std::vector<std::string> problems_;
};

}  // namespace

void apply_adapter(const Family& family, const EncoderSpec& spec, const checkpoint::Adapter& adapter,
                   MatchedTensors& matched) {
  Application(family, spec, adapter, matched).run();
}

checkpoint::Adapter adapter_of(const Family& family, const Classifier& adapted, const MatchedTensors& pretrained,
                               std::vector<std::string>& changed) {
  const bool whole = adapted.head().pooling == Pooling::first;
  const LoraSpec& lora = adapted.encoder().lora().value();
  checkpoint::Adapter out;
  out.task_type = whole ? "SEQ_CLS" : "FEATURE_EXTRACTION";
  out.r = lora.r;
  out.lora_alpha = lora.lora_alpha;
  out.lora_dropout = lora.lora_dropout;
  // Whole names: an end such as "output.dense" is that of several modules.
  out.target_modules = adapted.encoder().adapted_modules();
  for (const Parameter* parameter : adapted.all_parameters()) {
    const std::string name =
        whole && parameter->in_base_model ? concat(family.prefix, parameter->name) : parameter->name;
    const bool of_head = parameter->group == "head" || parameter->group == "pooler" || parameter->group == "dense";
    if (of_head && !whole) continue;
    if (of_head || parameter->name.ends_with(kLoraA) || parameter->name.ends_with(kLoraB)) {
      out.tensors.emplace(name, parameter->value);
      const std::string module = module_of(parameter->name);
      if (of_head && std::ranges::find(out.modules_to_save, module) == out.modules_to_save.end()) {
        out.modules_to_save.push_back(module);
      }
      continue;
    }
    const auto found = pretrained.encoder.find(parameter->name);
    if (found == pretrained.encoder.end() || !at::equal(found->second.to(at::kFloat), parameter->value.cpu())) {
      changed.push_back(parameter->name);
    }
  }
  return out;
}

}  // namespace tt::model
