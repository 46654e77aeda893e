#pragma once

#include "transfer_tune/model/family.hpp"

namespace tt::model {

/// Sanh et al., "DistilBERT, a distilled version of BERT: smaller, faster, cheaper and lighter", 2019.
[[nodiscard]] Family distilbert_family();

}  // namespace tt::model
