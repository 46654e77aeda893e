#include "runs/dense_modules.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/model/blocks/dense.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace tt::runs {
namespace {

constexpr std::array<std::pair<const char*, model::Activation>, 6> kActivations{{
    {"Tanh", model::Activation::tanh},
    {"Identity", model::Activation::identity},
    {"GELU", model::Activation::gelu},
    {"ReLU", model::Activation::relu},
    {"Sigmoid", model::Activation::sigmoid},
    {"SiLU", model::Activation::silu},
}};

/// Only classes of torch itself, which sentence-transformers makes without arguments, are what their names say.
model::Activation activation_of(const checkpoint::DenseModule& module) {
  const std::string name = module.activation.substr(module.activation.rfind('.') + 1);
  const auto* found = std::ranges::find_if(kActivations, [&](const auto& known) { return known.first == name; });
  if (found != kActivations.end() && module.activation.starts_with("torch.")) return found->second;
  std::vector<std::string> known;
  known.reserve(kActivations.size());
  for (const auto& [each, activation] : kActivations) known.emplace_back(each);
  throw CheckpointError(concat((module.folder / "config.json").string(), ": /activation_function: found ",
                               quote(module.activation), ", expected one of torch.nn: ", join(known, ", ")));
}

/// The name of a parameter of Dense module `number` in the encoder.
std::string weight_name(std::size_t number) { return model::dense_name(number) + ".weight"; }
std::string bias_name(std::size_t number) { return model::dense_name(number) + ".bias"; }

}  // namespace

void take_dense(LoadedEncoder& encoder) {
  std::int64_t width = encoder.spec.hidden_size;
  const std::vector<checkpoint::DenseModule>& modules = encoder.directory.dense;
  for (std::size_t i = 0; i < modules.size(); ++i) {
    const checkpoint::DenseModule& module = modules[i];
    if (module.weight.size(1) != width) {
      throw CheckpointError(concat((module.folder / "config.json").string(), ": /in_features: found ",
                                   module.weight.size(1), ", expected ", width, ", as what comes before it gives"));
    }
    width = module.weight.size(0);
    encoder.spec.dense.push_back({width, activation_of(module), module.bias.defined()});
    encoder.matched.encoder[weight_name(i)] = module.weight;
    if (module.bias.defined()) encoder.matched.encoder[bias_name(i)] = module.bias;
  }
  const auto& head = encoder.directory.dense_head;
  if (head && head->weight.size(1) != width) {
    throw CheckpointError(concat(encoder.directory.root.string(), ": the head is over vectors of ",
                                 head->weight.size(1), " numbers, expected ", width,
                                 ", as what comes before it gives"));
  }
}

void leave_out_dense(LoadedEncoder& encoder) {
  if (!encoder.spec.dense.empty()) encoder.directory.dense_head.reset();  // it is over what they give
  for (std::size_t i = 0; i < encoder.spec.dense.size(); ++i) {
    encoder.matched.encoder.erase(weight_name(i));
    encoder.matched.encoder.erase(bias_name(i));
  }
  encoder.spec.dense.clear();
}

void align_dense(LoadedEncoder& source, const LoadedEncoder& pretrained) {
  if (source.spec.dense.empty() == pretrained.spec.dense.empty()) return;
  leave_out_dense(source);
  source.directory.dense_head.reset();
  if (pretrained.spec.dense.empty()) return;
  source.directory.dense = pretrained.directory.dense;
  take_dense(source);
}

std::vector<checkpoint::DenseModule> trained_dense(const LoadedEncoder& from, const model::Classifier& classifier) {
  if (classifier.encoder().spec().dense.empty()) return {};
  std::vector<checkpoint::DenseModule> modules = from.directory.dense;
  const auto value = [&](const std::string& name) {
    const std::vector<model::Parameter>& all = classifier.encoder().parameters();
    return std::ranges::find(all, name, &model::Parameter::name)->value;
  };
  for (std::size_t i = 0; i < modules.size(); ++i) {
    modules[i].weight = value(weight_name(i));
    if (modules[i].bias.defined()) modules[i].bias = value(bias_name(i));
  }
  return modules;
}

}  // namespace tt::runs
