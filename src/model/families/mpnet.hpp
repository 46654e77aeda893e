#pragma once

#include "transfer_tune/model/family.hpp"

namespace tt::model {

/// Song et al., "MPNet: Masked and Permuted Pre-training for Language Understanding", 2020.
[[nodiscard]] Family mpnet_family();

}  // namespace tt::model
