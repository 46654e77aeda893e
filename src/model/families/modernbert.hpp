#pragma once

#include "transfer_tune/model/family.hpp"

namespace tt::model {

/// Warner et al., "Smarter, Better, Faster, Longer: A Modern Bidirectional Encoder for Fast, Memory Efficient, and Long
/// Context Finetuning and Inference", 2024.
[[nodiscard]] Family modernbert_family();

}  // namespace tt::model
