#pragma once

#include "config/rows.hpp"

// The part of the settings table that says what trains.

namespace tt::config {

/// Of a policy's `lora`.
[[nodiscard]] Rows<LoraConfig> lora_rows();
/// What trains: a policy and what goes with it, or phases.
[[nodiscard]] Rows<PolicyConfig> policy_rows();
/// That `lora` is given where something trains it.
[[nodiscard]] Json lora_with_its_policy();

}  // namespace tt::config
