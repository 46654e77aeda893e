#pragma once

#include "transfer_tune/config/run_config.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tt::config {

/// Rules over the encoder's parameters for each phase of a policy, in order; the head trains in every one.
using EncoderRules = std::vector<std::vector<std::string>>;

/// A policy that a config can name.
struct PolicyInfo {
  const char* name;
  const char* words;                            ///< what trains, for --help and the schema
  EncoderRules (*encoder_rules)(std::int64_t);  ///< by `layers`, 0: all of them
  double learning_rate;  ///< peak rate of the encoder where the config gives none: few parameters bear a higher one
  Policy policy;
  bool takes_layers;  ///< the setting `layers` goes with it
  bool takes_lora;    ///< the setting `lora` does, and is filled in where it is not given
};

/// Every one of them; all that is said or asked of a policy by name comes from here.
[[nodiscard]] std::span<const PolicyInfo> policies();
/// The table's line; null for `Policy::phases`, which has none.
[[nodiscard]] const PolicyInfo* find_policy(Policy policy);
/// Its line's; the usual one for explicit phases.
[[nodiscard]] double default_learning_rate(Policy policy);

}  // namespace tt::config
