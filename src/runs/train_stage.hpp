#pragma once

#include "runs/run_state.hpp"
#include "runs/stage_data.hpp"
#include "transfer_tune/config/run_config.hpp"
#include "transfer_tune/core/log.hpp"
#include "transfer_tune/model/classifier.hpp"
#include "transfer_tune/record/run_report.hpp"
#include "transfer_tune/training/activation_store.hpp"
#include "transfer_tune/training/encoded_set.hpp"
#include "transfer_tune/training/objective.hpp"
#include "transfer_tune/training/policy.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tt::runs {

/// How one stage trains.
struct StageSettings {
  std::string name;   ///< for progress: "source" or "target"
  std::string block;  ///< JSON pointer of what sets its policy, for messages
  config::PolicyConfig policy;
  config::TrainingConfig training;
  config::HeadType head;
  std::optional<double> C;  ///< absent: chosen
  std::int32_t pad_id = 0;
  bool int8 = false;                              ///< frozen layers compute in 8-bit integers
  std::optional<bool> label_names = {};           ///< use the labels' texts; absent: where that is found to help
  std::optional<bool> language_neutral = {};      ///< as config::DataConfig has it
  config::SelfTrainingConfig self_training = {};  ///< where the stage has unlabelled texts
};

/// Texts that the stage's classifier, as it is at the moment, was not trained on.
struct HeldOut {
  training::Texts texts;                    ///< of the stage's training or validation texts
  const std::vector<std::size_t>& trained;  ///< positions of the training texts that it was trained on
  at::Tensor features;                      ///< of `texts`, as the head sees them; undefined: the encoder was trained
  std::size_t fold = 0;                     ///< of a cross-validation, from 0
  std::size_t folds = 1;
};
using HeldOutCallback = std::function<void(const HeldOut&)>;

struct StageOutcome {
  report::PolicyReport policy;
  report::TrainingReport training;
  bool encoder_trained = false;  ///< false: the encoder is as it was
  /// Logits of the training texts, each by a model that had not seen it: [texts, labels]; 0 where a label has no other
  /// text (see cross_validated_texts). Undefined: not asked for.
  at::Tensor out_of_fold;
  /// The trained classifier with its adapters beside the frozen weights; absent: it had none.
  std::optional<model::Classifier> adapted;
};

/// As `config` has them; the source's where it has a source.
[[nodiscard]] StageSettings source_settings(const config::RunConfig& config, std::int32_t pad_id);
[[nodiscard]] StageSettings target_settings(const config::RunConfig& config, std::int32_t pad_id, bool int8 = false);

/// `classifier` with the adapters that `settings` ask for, unless it has them.
[[nodiscard]] model::Classifier with_adapters(const model::Classifier& classifier, const StageSettings& settings);

/// What each phase of `settings` trains: a rate for every used parameter of `with_adapters`. Throws `UsageError`, also
/// for an objective that comes to nothing under it.
[[nodiscard]] std::vector<training::PhasePlan> plan_stage(const model::Classifier& classifier,
                                                          const StageSettings& settings);

/// Whether no phase changes a weight of the encoder, whatever the policy is called.
[[nodiscard]] bool leaves_encoder_alone(const std::vector<training::PhasePlan>& plans, const model::Encoder& encoder);

/// The plan as reported.
[[nodiscard]] report::PolicyReport describe_policy(model::Classifier& classifier, const StageSettings& settings,
                                                   const std::vector<training::PhasePlan>& plans,
                                                   const training::Objective& objective);

/// Chooses the settings that are open (head strength, number of epochs) on held-out texts, then trains `classifier` in
/// place; adapters are worked into its weights at the end. With `cross_validate`, the whole of the training is repeated
/// on folds for out-of-fold predictions first. `held_out` is called with the texts of the validation file or the split,
/// or with every fold of a cross-validation: each text once; never where nothing is held out. Where fits are taken from
/// `state`, whose part knows what `held_out` made of them, it is called with another classifier.
[[nodiscard]] StageOutcome train_stage(model::Classifier& classifier, const StageData& data,
                                       const StageSettings& settings, bool cross_validate,
                                       training::ActivationStore& store, RunState& state,
                                       const ProgressCallback& progress, const HeldOutCallback& held_out = {});

}  // namespace tt::runs
