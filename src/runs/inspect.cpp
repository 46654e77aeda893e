#include "runs/encoder_loader.hpp"
#include "runs/encoder_warnings.hpp"
#include "runs/gates.hpp"
#include "runs/inputs.hpp"
#include "runs/label_texts.hpp"
#include "runs/outputs.hpp"
#include "runs/settings.hpp"
#include "runs/source_stage.hpp"
#include "runs/stage_data.hpp"
#include "runs/train_stage.hpp"
#include "transfer_tune/core/process.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/runs/commands.hpp"
#include "transfer_tune/training/fit.hpp"
#include "transfer_tune/training/forward.hpp"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <chrono>

namespace tt::runs {
namespace {

void add_to_group(std::vector<GroupInfo>& groups, const std::string& name, std::int64_t parameters) {
  auto group = std::find_if(groups.begin(), groups.end(), [&](const GroupInfo& g) { return g.name == name; });
  if (group == groups.end()) group = groups.insert(groups.end(), GroupInfo{name, 0, 0});
  group->parameters += parameters;
  ++group->tensors;
}

/// With `trains`, `classifier` is what a run trains; else it stands for the directory alone.
Inspection describe(const LoadedEncoder& loaded, const model::Classifier& classifier, bool has_head, bool trains) {
  Inspection out;
  out.encoder = loaded.directory.root;
  out.model_type = loaded.spec.model_type;
  out.hidden_size = loaded.spec.hidden_size;
  out.num_hidden_layers = loaded.spec.num_hidden_layers;
  out.num_attention_heads = loaded.spec.num_attention_heads;
  out.max_position_embeddings = loaded.spec.max_position_embeddings;
  for (const model::Parameter* parameter : classifier.all_parameters()) {
    if (parameter->group == "head" && !has_head) continue;
    add_to_group(out.groups, parameter->group, parameter->value.numel());
    out.total_parameters += parameter->value.numel();
  }
  out.tokenizer = loaded.tokenizer.summary();
  out.labels = loaded.directory.labels;
  out.missing = loaded.matched.missing;
  out.unused = unused_tensors(loaded);
  out.warnings = trains ? encoder_warnings(loaded, classifier.head()) : encoder_warnings(loaded);
  return out;
}

std::vector<PhaseInfo> describe_phases(const model::Classifier& classifier, const StageSettings& settings) {
  std::vector<PhaseInfo> out;
  model::Classifier adapted = with_adapters(classifier, settings);
  const std::vector<training::ParameterInfo> infos = training::parameter_infos(adapted);
  for (const training::PhasePlan& plan : plan_stage(classifier, settings)) {
    PhaseInfo phase{plan.epochs, plan.rules, {}, plan.trainable};
    for (std::size_t i = 0; i < infos.size(); ++i) {
      if (plan.learning_rates[i] > 0) add_to_group(phase.trained, infos[i].group, infos[i].numel);
    }
    out.push_back(std::move(phase));
  }
  return out;
}

/// The number of labels without reading more than the training file.
std::size_t count_labels(const config::RunConfig& run) {
  const config::DataConfig& config = run.target;
  if (config.labels) return config.labels->size();
  data::Dataset texts = config.train
                            ? data::read_dataset(*config.train, read_options(config, "train", run.output.texts))
                            : read_descriptions(config, run.output.texts);
  set_apart(texts, run.evaluation.out_of_scope.label);
  return data::LabelMap::from_examples(texts.examples).size();
}

/// Both stages' phases; a rule that matches nothing throws.
void describe_stages(Inspection& out, const LoadedEncoder& loaded, model::Classifier& classifier,
                     const config::RunConfig& config) {
  const std::int32_t pad = loaded.tokenizer.pad_id();
  if (config.source && config.source->data.train) {
    out.source_phases = describe_phases(classifier, source_settings(config, pad));
  }
  out.phases = describe_phases(classifier, target_settings(config, pad));
}

/// Seconds that one token of these texts takes, forwards alone and with the backward pass.
struct TokenCost {
  double forward;
  double training;
};

TokenCost measure(model::Classifier& classifier, const training::EncodedSet& set, std::int32_t pad_id,
                  std::size_t batch_size) {
  std::vector<std::size_t> batch;
  double tokens = 0;
  for (std::size_t i = 0; i < std::min(set.size(), batch_size); ++i) {
    batch.push_back(i);
    tokens += static_cast<double>(set.sequences[i].size());
  }
  const auto timed = [&](bool backward) {
    const auto start = std::chrono::steady_clock::now();
    const c10::AutoGradMode mode(backward);
    const at::Tensor logits = training::forward(classifier, set, nullptr, batch, pad_id, {backward, 0, 0}).logits;
    if (backward) logits.sum().backward();
    return seconds_since(start) / tokens;
  };
  for (model::Parameter* parameter : classifier.used_parameters()) parameter->value.requires_grad_(true);
  (void)timed(true);  // warms caches and allocator
  const TokenCost cost{timed(false), timed(true)};
  for (model::Parameter* parameter : classifier.used_parameters()) parameter->value = parameter->value.detach();
  return cost;
}

/// Weights, two moments, the best epoch's weights and, for l2_sp, the starting ones, for each state that is kept and
/// the one being written; and as much again of a fit that others come after. Word tables are kept as far as they occur.
double most_state_bytes(const config::RunConfig& config, std::int64_t trainable) {
  const config::TrainingConfig& training = config.training;
  if (training.save_steps == 0 && training.save_minutes == 0) return 0;
  const bool pulls = training.l2_sp > 0 || (config.source && config.source->training.l2_sp > 0);
  const double copies = 5 + (pulls ? 2 : 0) + 1;
  return static_cast<double>(training.save_total_limit + 1) * copies * sizeof(float) * static_cast<double>(trainable);
}

double count_tokens(const training::EncodedSet& set) { return static_cast<double>(set.sequences.all().size()); }

/// Seconds of one stage: encoding for the head, the policy's epochs (with texts held out, then on all), the test.
double estimate_seconds(const std::vector<PhaseInfo>& phases, const StageData& data,
                        const config::TrainingConfig& training, const TokenCost& cost, std::int64_t num_layers) {
  const double train_tokens = count_tokens(data.train);
  double seconds = cost.forward * (train_tokens + (data.test ? 2 * count_tokens(*data.test) : 0));
  const bool chooses = training.metric_for_best_model.has_value();
  double fits = 1;
  if (!data.split.held_out.empty() && training.refit) fits += chooses ? 1 : 0.5;
  if (data.report.validation_strategy == report::Validation::cross_validation)
    fits += chooses ? static_cast<double>(data.report.folds - 1) : 0.5;
  if (!data.test) fits += 5;
  for (const PhaseInfo& phase : phases) {
    std::int64_t layers = 0;
    bool embeddings = false;
    for (const GroupInfo& group : phase.trained) {
      layers += group.name.starts_with("layer.") ? 1 : 0;
      embeddings = embeddings || group.name == "embeddings";
    }
    const double share = embeddings ? 1.0 : static_cast<double>(layers) / static_cast<double>(num_layers);
    seconds += fits * static_cast<double>(phase.epochs) * share * cost.training * train_tokens;
  }
  return seconds;
}

}  // namespace

std::filesystem::path model_directory(const std::filesystem::path& path, const ProgressCallback& progress) {
  return checkpoint_directory(path, progress);
}

Inspection inspect(const std::filesystem::path& encoder, const ProgressCallback& progress) {
  const LoadedEncoder loaded = load_encoder(checkpoint_directory(encoder, progress));
  const auto head = stored_head(loaded);
  model::HeadSpec spec;
  spec.num_labels = head ? head->weight.size(0) : 1;
  return describe(loaded, model::Classifier(loaded.mapped_encoder(), spec, 0), head.has_value(), false);
}

Inspection inspect(const config::RunConfig& config, const ProgressCallback& progress) {
  fetch_models(config, progress);
  const LoadedEncoder loaded = load_encoder(config.encoder, config.head.type);
  const std::size_t labels = count_labels(config);
  model::Classifier classifier(loaded.mapped_encoder(), make_head_spec(config.head, loaded, labels), 0);
  Inspection out = describe(loaded, classifier, true, true);
  describe_stages(out, loaded, classifier, config);
  return out;
}

Validation validate(const config::RunConfig& config, bool overwrite, const ProgressCallback& progress) {
  (void)Gates(config.evaluation.gates, config.evaluation.baseline, report::GateScope::run);
  // A comparison's directory is not made anew as a whole, and only `compare` knows whether to go on there.
  if (config.compare && std::filesystem::is_directory(config.output.dir)) {
    require_apart(config.output.dir, inputs_of(config));
  } else {
    check_output(config.output.dir, {.files = run_files(), .inputs = inputs_of(config), .overwrite = overwrite});
  }
  const device::Effective effective = effective_device(config.training);
  device::apply(effective);
  fetch_models(config, progress);
  const LoadedEncoder loaded = load_encoder(config.encoder, config.head.type);
  check_max_length(loaded, config.encoder.max_length);
  const Inputs inputs = load_inputs(config, loaded, effective.threads);
  const StageData& target = inputs.target;
  model::Classifier classifier(loaded.make_encoder(0), make_head_spec(config.head, loaded, target.labels.size()), 0);
  classifier.to(effective.device);

  Validation out;
  out.inspection = describe(loaded, classifier, true, true);
  describe_stages(out.inspection, loaded, classifier, config);
  out.train_examples = target.train.size();
  out.validation_examples = static_cast<std::size_t>(target.report.validation_examples);
  out.validation_folds = static_cast<std::size_t>(target.report.folds);
  out.test_examples = static_cast<std::size_t>(target.report.test_examples);
  out.labels = target.labels.size();
  out.truncated = static_cast<std::size_t>(target.report.train->truncated);
  out.warnings = out.inspection.warnings;
  out.warnings.insert(out.warnings.end(), target.report.warnings.begin(), target.report.warnings.end());
  if (!effective.reason.empty()) out.warnings.push_back(effective.reason);

  if (config.search) {
    out.warnings.push_back(concat(
        "the time is that of the run that follows the search, which tries ", config::search_trials(config).size(),
        " ways before, each ", config.target.validation ? "once" : "on five folds",
        config.search->method == config::SearchMethod::halving ? ", most on a part of the texts" : ""));
  }

  const TokenCost cost = measure(classifier, target.train, loaded.tokenizer.pad_id(),
                                 static_cast<std::size_t>(config.training.batch_size));
  const std::int64_t layers = loaded.spec.num_hidden_layers;
  out.estimated_seconds = estimate_seconds(out.inspection.phases, target, config.training, cost, layers);
  if (inputs.source) {
    out.source_examples = inputs.source->train.size();
    out.estimated_seconds +=
        estimate_seconds(out.inspection.source_phases, *inputs.source, config.source->training, cost, layers);
  }
  // The trial holds weights, gradients and activations; the optimizer adds two moments and a copy to go back to.
  constexpr double kStateBytes = 3.0 * sizeof(float);
  std::int64_t trainable = 0;
  for (const PhaseInfo& phase : out.inspection.phases) trainable = std::max(trainable, phase.trainable_parameters);
  out.most_state_bytes = most_state_bytes(config, trainable);
  out.estimated_memory_bytes = static_cast<double>(peak_rss_bytes()) + kStateBytes * static_cast<double>(trainable);
  return out;
}

}  // namespace tt::runs
