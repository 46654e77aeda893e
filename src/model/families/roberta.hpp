#pragma once

#include "transfer_tune/model/family.hpp"

namespace tt::model {

/// Liu et al., "RoBERTa: A Robustly Optimized BERT Pretraining Approach", 2019.
[[nodiscard]] Family roberta_family();
/// Conneau et al., "Unsupervised Cross-lingual Representation Learning at Scale", 2020: RoBERTa of a hundred languages.
[[nodiscard]] Family xlm_roberta_family();
/// Martin et al., "CamemBERT: a Tasty French Language Model", 2020: RoBERTa in French.
[[nodiscard]] Family camembert_family();

}  // namespace tt::model
