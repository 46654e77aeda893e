#pragma once

#include "transfer_tune/model/family.hpp"

namespace tt::model {

/// Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding", 2019.
[[nodiscard]] Family bert_family();

}  // namespace tt::model
