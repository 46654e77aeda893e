#include "runs/outputs.hpp"

#include "runs/run_state.hpp"

#include "transfer_tune/checkpoint/adapter.hpp"
#include "transfer_tune/checkpoint/directory.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/hub/hub.hpp"
#include "transfer_tune/record/tensorboard.hpp"
#include "transfer_tune/runs/commands.hpp"

#include <algorithm>
#include <optional>

namespace tt::runs {
namespace {

namespace fs = std::filesystem;

void add_checkpoint(std::vector<std::string>& names) {
  for (const std::string& name : checkpoint::written_files()) names.push_back("checkpoint/" + name);
}

}  // namespace

OutputFiles run_files() {
  OutputFiles files{
      .names = {"config.resolved.json", kInputsName, "report.json", "report.md", "report.html", "predictions.jsonl",
                "suspects.jsonl", "junit.xml", "log.jsonl", concat("tensorboard/", report::kTensorboardFile),
                "checkpoint/README.md", "checkpoint/decision.json", "checkpoint/decision.safetensors",
                "adapter/decision.json", "adapter/decision.safetensors"},
      .signs = {"report.json", "config.resolved.json"},
      .kept = state_files()};
  add_checkpoint(files.names);
  for (const std::string& name : checkpoint::adapter_files()) files.names.push_back("adapter/" + name);
  return files;
}

OutputFiles comparison_files() {
  return {.names = {"compare.json", "compare.md", "compare.html", "junit.xml"},
          .signs = {"compare.json", "compare.md"}};
}

std::vector<std::string> stage_files() {
  std::vector<std::string> names{kStageName};
  add_checkpoint(names);
  return names;
}

std::vector<std::string> trial_files() { return {kTrialName}; }

namespace {

/// Of a model on the hub, where it would lie: nothing is fetched to find out what a run may not write over.
fs::path encoder_path(const config::EncoderConfig& config) {
  if (config.path.is_absolute()) return config.path;
  const hub::Settings settings = hub::settings_from_environment();
  return hub::find_cached(settings, config.path.string(), config.revision).value_or(settings.cache);
}

}  // namespace

std::vector<Input> inputs_of(const config::RunConfig& config) {
  std::vector<Input> inputs{{"the config file", config.file, true}, {"the encoder", encoder_path(config.encoder)}};
  const auto add = [&](const std::string& what, const std::optional<fs::path>& path) {
    if (path) inputs.push_back({what, *path});
  };
  const auto add_texts = [&](const std::string& whose, const config::DataConfig& data) {
    add(concat("the ", whose, "training texts"), data.train);
    for (const fs::path& path : data.more_train) add(concat("the ", whose, "training texts"), path);
    add(concat("the ", whose, "validation texts"), data.validation);
    add(concat("the ", whose, "test texts"), data.test);
    add("the labels' descriptions", data.label_descriptions);
    add("the unlabelled texts", data.unlabelled);
  };
  add_texts("", config.target);
  if (config.source) {
    add_texts("source's ", config.source->data);
    add("the source's checkpoint", config.source->checkpoint);
  }
  add("the out-of-scope test texts", config.evaluation.out_of_scope.test);
  add("the out-of-scope validation texts", config.evaluation.out_of_scope.validation);
  add("the baseline", config.evaluation.baseline);
  if (config.search) {
    // What trials read in the place of the config's own.
    for (const config::SearchTrial& trial : config::search_trials(config)) {
      for (const Input& input : inputs_of(trial.config)) {
        const auto is_same = [&](const Input& other) { return other.path == input.path; };
        if (std::ranges::none_of(inputs, is_same)) inputs.push_back(input);
      }
    }
  }
  return inputs;
}

}  // namespace tt::runs
