#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tt::training {

/// One phase of a freezing policy, in rules: a canonical group (`embeddings`, `layer.3`, `layer.0-3`, `layer.last-2`
/// for the last two, `pooler`, `dense`, `head`), or a glob or name over parameter and group names.
struct PhaseRules {
  std::int64_t epochs = 0;
  std::vector<std::string> train;
  std::map<std::string, double> learning_rate;  ///< by rule; "*": for every rule
  std::optional<double> layer_decay;
};

/// A parameter as the rules see it.
struct ParameterInfo {
  std::string name;
  std::string group;
  std::int64_t first_use = 0;  ///< as `model::Parameter::first_use`
  std::int64_t numel = 0;
};

/// Rates of what no rule gives its own.
struct LearningRates {
  double encoder = 0;
  double head = 0;
  double layer_decay = 1;  ///< factor per layer below the top
};

/// A phase over given parameters.
struct PhasePlan {
  std::int64_t epochs = 0;
  std::vector<std::string> rules;
  std::vector<double> learning_rates;  ///< one per parameter; 0: frozen
  std::int64_t trainable = 0;          ///< number of trainable values
  /// How much of the encoder never changes: 0 nothing, 1 the embeddings, 1+k the embeddings and the first k layers.
  std::int64_t frozen_depth = 0;
};

/// Whether `rule` selects the parameter, for an encoder of `num_layers`.
[[nodiscard]] bool matches(const std::string& rule, const ParameterInfo& parameter, std::int64_t num_layers);

/// What each phase trains. How deep the encoder stays frozen follows from the parameters' first use. Throws
/// `UsageError` naming the phase and rule for a rule that matches nothing and a phase that leaves nothing trainable;
/// `pointer` is the JSON pointer of the phases for those messages. Throws `InternalError` for a parameter of a group
/// that no rule speaks of, or one used where such an encoder has no part.
[[nodiscard]] std::vector<PhasePlan> plan_phases(const std::vector<PhaseRules>& phases,
                                                 const std::vector<ParameterInfo>& parameters, std::int64_t num_layers,
                                                 const LearningRates& rates, const std::string& pointer);

}  // namespace tt::training
