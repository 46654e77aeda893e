#pragma once

#include "transfer_tune/model/family.hpp"

namespace tt::model {

/// He et al., "DeBERTaV3: Improving DeBERTa using ELECTRA-Style Pre-Training with Gradient-Disentangled Embedding
/// Sharing", 2023, and the second version before it.
[[nodiscard]] Family deberta_v2_family();

}  // namespace tt::model
