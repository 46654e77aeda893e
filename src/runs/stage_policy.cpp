#include "runs/train_stage.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/training/fit.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

// What a stage's policy comes to with a given encoder: the plans of its phases, and how they are reported.

namespace tt::runs {
namespace {

/// Where the phases of `settings` are set.
std::string policy_pointer(const StageSettings& settings) {
  return settings.block + (settings.policy.policy == config::Policy::phases ? "/phases" : "/policy");
}

/// Throws `UsageError` where the objective comes to the cross-entropy, or to nothing: contrasts and prototypes move
/// features alone, and passes differ by dropout alone.
void check_objective(model::Classifier& classifier, const StageSettings& settings,
                     const std::vector<training::PhasePlan>& plans) {
  using enum config::ObjectiveType;
  const config::ObjectiveType type = settings.training.objective.type;
  if (type != supervised_contrastive && type != r_drop && type != prototypical) return;
  const auto refused = [&](const std::string& why) {
    return UsageError(concat(settings.name == "source" ? "/source" : "", "/training/objective/type: found ",
                             quote(to_string(type)), ", ", why));
  };
  if (type == prototypical && settings.name != "source") {
    throw refused(
        "which learns what tells any intents apart, not the target's own; expected it as "
        "/source/training/objective/type");
  }
  const config::TrainingConfig& training = settings.training;
  if (type == prototypical &&
      (training.label_smoothing_factor > 0 || training.class_weights != config::ClassWeights::none)) {
    throw refused(
        "which draws labels evenly and answers with prototypes; expected neither label_smoothing_factor nor "
        "class_weights beside it");
  }
  const auto convex = [&](const training::PhasePlan& plan) { return training::is_convex(plan, classifier); };
  if (std::ranges::all_of(plans, convex)) {
    throw refused(
        concat("which changes nothing where the head alone trains: over fixed features it is solved for the "
               "cross-entropy; expected \"cross_entropy\" or \"focal\", or that ",
               policy_pointer(settings), " trains a part of the encoder"));
  }
  const model::EncoderSpec& spec = classifier.encoder().spec();
  const double most_dropout =
      std::max({spec.hidden_dropout_prob, spec.attention_probs_dropout_prob, classifier.head().dropout});
  if (type == r_drop && most_dropout <= 0) {
    throw refused(
        "which compares two passes under dropout, of an encoder without any; expected a /head/dropout above 0");
  }
}

}  // namespace

StageSettings source_settings(const config::RunConfig& config, std::int32_t pad_id) {
  const config::SourceConfig& source = config.source.value();
  StageSettings out{"source", "/source", source.policy, source.training, config.head.type, config.head.C, pad_id};
  if (out.training.objective.type == config::ObjectiveType::prototypical) {
    // The epochs are told apart by intents that are held out, and those are not joined back.
    out.training.refit = false;
    out.training.metric_for_best_model = out.training.metric_for_best_model.value_or("accuracy");
  }
  return out;
}

StageSettings target_settings(const config::RunConfig& config, std::int32_t pad_id, bool int8) {
  return {"target",
          "/transfer",
          config.transfer,
          config.training,
          config.head.type,
          config.head.C,
          pad_id,
          int8,
          config.target.label_names,
          config.target.language_neutral,
          config.self_training};
}

bool leaves_encoder_alone(const std::vector<training::PhasePlan>& plans, const model::Encoder& encoder) {
  return std::ranges::all_of(
      plans, [&](const training::PhasePlan& plan) { return plan.frozen_depth == encoder.spec().depth(); });
}

model::Classifier with_adapters(const model::Classifier& classifier, const StageSettings& settings) {
  model::Classifier out = classifier;
  if (const auto& lora = settings.policy.lora; lora && !out.encoder().lora()) {
    out.encoder().add_lora({lora->r, lora->lora_alpha, lora->lora_dropout, lora->target_modules},
                           settings.training.seed, settings.block + "/lora/target_modules");
  }
  return out;
}

std::vector<training::PhasePlan> plan_stage(const model::Classifier& classifier, const StageSettings& settings) {
  std::vector<training::PhaseRules> rules;
  for (const config::PhaseConfig& phase :
       config::expand_policy(settings.policy, settings.training.epochs, settings.head)) {
    rules.push_back({phase.epochs, phase.train, phase.learning_rate, phase.layer_decay});
  }
  const config::TrainingConfig& training = settings.training;
  model::Classifier adapted = with_adapters(classifier, settings);
  std::vector<training::PhasePlan> plans = training::plan_phases(
      rules, training::parameter_infos(adapted), classifier.encoder().spec().num_hidden_layers,
      {training.learning_rate, training.head_learning_rate, training.layer_decay}, policy_pointer(settings));
  check_objective(adapted, settings, plans);
  return plans;
}

report::PolicyReport describe_policy(model::Classifier& classifier, const StageSettings& settings,
                                     const std::vector<training::PhasePlan>& plans,
                                     const training::Objective& objective) {
  report::PolicyReport out;
  out.name = config::to_string(settings.policy.policy);
  const std::vector<training::ParameterInfo> infos = training::parameter_infos(classifier);
  std::vector<bool> ever(infos.size(), false);
  for (const training::PhasePlan& plan : plans) {
    report::PhaseReport phase{plan.epochs, plan.rules, plan.trainable, {}};
    const bool solved = training::is_solved(plan, classifier, objective);
    for (std::size_t i = 0; i < infos.size(); ++i) {
      if (plan.learning_rates[i] <= 0) continue;
      ever[i] = true;
      auto group = std::find_if(phase.groups.begin(), phase.groups.end(),
                                [&](const report::GroupReport& g) { return g.name == infos[i].group; });
      if (group == phase.groups.end()) {
        phase.groups.push_back({infos[i].group, 0, solved ? evaluation::kUndefined : plan.learning_rates[i]});
        group = std::prev(phase.groups.end());
      }
      group->parameters += infos[i].numel;
    }
    out.phases.push_back(std::move(phase));
  }
  for (std::size_t i = 0; i < infos.size(); ++i) {
    if (ever[i]) out.trainable_parameters += infos[i].numel;
  }
  for (const model::Parameter* parameter : std::as_const(classifier).all_parameters()) {
    out.total_parameters += parameter->value.numel();
  }
  return out;
}

}  // namespace tt::runs
