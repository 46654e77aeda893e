#pragma once

#include "transfer_tune/model/family.hpp"

namespace tt::model {

/// Clark et al., "ELECTRA: Pre-training Text Encoders as Discriminators Rather Than Generators", 2020.
[[nodiscard]] Family electra_family();

}  // namespace tt::model
