#pragma once

#include "config/rows.hpp"

namespace tt::config {

/// The block of training that says what it minimises: a type, and the parameters of each type.
[[nodiscard]] Row<TrainingConfig> objective_block();

/// What the config leaves to the type.
void fill_defaults(ObjectiveConfig& objective);

}  // namespace tt::config
