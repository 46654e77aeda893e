#include "transfer_tune/training/policy.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <set>
#include <string_view>

namespace tt::training {
namespace {

std::optional<std::int64_t> parse_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

std::optional<std::int64_t> layer_of(std::string_view group) {
  if (!group.starts_with("layer.")) return std::nullopt;
  return parse_number(group.substr(6));
}

struct LayerRange {
  std::int64_t first;
  std::int64_t last;
};

/// "layer.3", "layer.0-3", "layer.last-2"; nothing for other rules.
std::optional<LayerRange> parse_layer_rule(std::string_view rule, std::int64_t num_layers) {
  if (!rule.starts_with("layer.")) return std::nullopt;
  const std::string_view range = rule.substr(6);
  if (range == "last") return LayerRange{num_layers - 1, num_layers - 1};
  if (range.starts_with("last-")) {
    const auto count = parse_number(range.substr(5));
    if (!count) return std::nullopt;
    // More layers than there are is a rule that matches nothing, not a silent "all".
    if (*count > num_layers || *count == 0) return LayerRange{0, -1};
    return LayerRange{num_layers - *count, num_layers - 1};
  }
  const std::size_t dash = range.find('-');
  const auto first = parse_number(range.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : parse_number(range.substr(dash + 1));
  if (!first || !last) return std::nullopt;
  if (*last >= num_layers) return LayerRange{0, -1};
  return LayerRange{*first, *last};
}

/// Layers below the top: 0 for the top layer, the pooler, the Dense modules and the head.
std::int64_t depth_below_top(const ParameterInfo& parameter, std::int64_t num_layers) {
  return std::max<std::int64_t>(0, num_layers - parameter.first_use);
}

/// A parameter that rules cannot name, or that comes in where nothing is, would train unseen or not at all.
void require_known_place(const ParameterInfo& parameter, std::int64_t num_layers) {
  const auto layer = layer_of(parameter.group);
  constexpr std::array kOthers{"embeddings", "pooler", "dense", "head"};
  if (!layer && std::ranges::find(kOthers, parameter.group) == kOthers.end()) {
    throw InternalError(concat("parameter ", parameter.name, " is of group ", quote(parameter.group),
                               "; expected embeddings, layer.N, pooler, dense or head"));
  }
  if (parameter.first_use < 0 || parameter.first_use > num_layers + 1 || (layer && *layer >= num_layers)) {
    throw InternalError(concat("parameter ", parameter.name, " of group ", parameter.group, " is first used at ",
                               parameter.first_use, "; an encoder of ", num_layers, " layers has 0 to ",
                               num_layers + 1));
  }
}

std::string group_names(const std::vector<ParameterInfo>& parameters) {
  std::vector<std::string> names;
  for (const auto& parameter : parameters) {
    if (std::find(names.begin(), names.end(), parameter.group) == names.end()) names.push_back(parameter.group);
  }
  return join(names, ", ");
}

}  // namespace

bool matches(const std::string& rule, const ParameterInfo& parameter, std::int64_t num_layers) {
  // What is called layers, by number or glob, holds of the Dense modules on top of the last one: they train with it.
  if (parameter.group == "dense" && rule.starts_with("layer.") &&
      matches(rule, {.name = "", .group = concat("layer.", num_layers - 1), .first_use = num_layers, .numel = 0},
              num_layers)) {
    return true;
  }
  if (const auto range = parse_layer_rule(rule, num_layers)) {
    const auto layer = layer_of(parameter.group);
    return layer && *layer >= range->first && *layer <= range->last;
  }
  return matches_glob(rule, parameter.group) || matches_glob(rule, parameter.name);
}

std::vector<PhasePlan> plan_phases(const std::vector<PhaseRules>& phases, const std::vector<ParameterInfo>& parameters,
                                   std::int64_t num_layers, const LearningRates& rates, const std::string& pointer) {
  for (const ParameterInfo& parameter : parameters) require_known_place(parameter, num_layers);
  std::vector<PhasePlan> plans;
  std::vector<std::string> errors;
  for (std::size_t p = 0; p < phases.size(); ++p) {
    const PhaseRules& phase = phases[p];
    PhasePlan plan{phase.epochs, phase.train, std::vector<double>(parameters.size(), 0.0), 0, 0};
    const double decay = phase.layer_decay.value_or(rates.layer_decay);
    for (const std::string& rule : phase.train) {
      bool matched = false;
      for (std::size_t i = 0; i < parameters.size(); ++i) {
        if (!matches(rule, parameters[i], num_layers)) continue;
        matched = true;
        const bool is_head = parameters[i].group == "head";
        double rate = is_head ? rates.head : rates.encoder;
        if (const auto all = phase.learning_rate.find("*"); all != phase.learning_rate.end()) rate = all->second;
        if (const auto own = phase.learning_rate.find(rule); own != phase.learning_rate.end()) rate = own->second;
        const auto depth = static_cast<double>(depth_below_top(parameters[i], num_layers));
        plan.learning_rates[i] = rate * std::pow(decay, depth);
      }
      if (!matched) {
        errors.push_back(concat(pointer, "/", p, "/train: rule ", quote(rule),
                                " matches no parameter; the trainable groups are ", group_names(parameters)));
      }
    }
    plan.frozen_depth = num_layers + 1;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      if (plan.learning_rates[i] <= 0) continue;
      plan.trainable += parameters[i].numel;
      plan.frozen_depth = std::min(plan.frozen_depth, parameters[i].first_use);
    }
    if (plan.trainable == 0 && errors.empty()) {
      errors.push_back(concat(pointer, "/", p,
                              ": nothing would be trained; expected at least one rule with a learning "
                              "rate above 0 among ",
                              group_names(parameters)));
    }
    plans.push_back(std::move(plan));
  }
  if (!errors.empty()) throw UsageError(join(errors, "\n"));
  return plans;
}

}  // namespace tt::training
