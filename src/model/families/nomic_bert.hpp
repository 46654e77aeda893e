#pragma once

#include "transfer_tune/model/family.hpp"

namespace tt::model {

/// Nussbaum et al., "Nomic Embed: Training a Reproducible Long Context Text Embedder", 2024.
[[nodiscard]] Family nomic_bert_family();

}  // namespace tt::model
