#pragma once

#include "transfer_tune/model/family.hpp"

namespace tt::model {

/// Lan et al., "ALBERT: A Lite BERT for Self-supervised Learning of Language Representations", 2020.
[[nodiscard]] Family albert_family();

}  // namespace tt::model
