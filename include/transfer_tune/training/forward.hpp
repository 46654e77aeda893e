#pragma once

#include "transfer_tune/core/log.hpp"
#include "transfer_tune/model/classifier.hpp"
#include "transfer_tune/training/encoded_set.hpp"
#include "transfer_tune/training/objective.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace tt::training {

/// What the frozen first part of the encoder makes of a set, computed once in evaluation mode (no dropout).
/// Depth as in PhasePlan::frozen_depth: 1 the embeddings, 1+k the first k layers, 1+num_layers everything (then one
/// pooled vector a text is kept instead of one per token).
struct PrefixCache {
  std::int64_t depth = 0;
  at::Tensor rows;                    ///< [Σ lengths, hidden] in fp32 or bf16, or [texts, hidden] in fp32 when
                                      ///< everything is frozen; CPU
  std::vector<std::int64_t> offsets;  ///< row where each text starts, and the end
};

/// Where each text's rows are; the rows themselves undefined.
[[nodiscard]] PrefixCache lay_out_prefix(const model::Classifier& classifier, const EncodedSet& set,
                                         std::int64_t depth);

/// Fills the rows of a layout, which are there, by running the first part over every text, in batches of similar
/// length.
void fill_prefix(PrefixCache& cache, const model::Classifier& classifier, const EncodedSet& set, std::int32_t pad_id,
                 std::string_view stage, const ProgressCallback& progress);

/// Both, with rows in memory.
[[nodiscard]] PrefixCache run_prefix(const model::Classifier& classifier, const EncodedSet& set, std::int64_t depth,
                                     std::int32_t pad_id, std::string_view stage, const ProgressCallback& progress);

/// Of the texts at `indices`, differentiable; from the cache where there is one.
[[nodiscard]] Outputs forward(const model::Classifier& classifier, const EncodedSet& set, const PrefixCache* cache,
                              const std::vector<std::size_t>& indices, std::int32_t pad_id,
                              const model::ForwardMode& mode);

/// Of every text in evaluation mode, on the CPU in fp32. `cache`, where there is one, is of the whole set.
[[nodiscard]] Outputs compute_outputs(const model::Classifier& classifier, const Texts& texts, const PrefixCache* cache,
                                      std::int32_t pad_id, std::string_view stage, const ProgressCallback& progress);

/// The logits among them: [texts, labels].
[[nodiscard]] at::Tensor compute_logits(const model::Classifier& classifier, const Texts& texts,
                                        const PrefixCache* cache, std::int32_t pad_id, std::string_view stage,
                                        const ProgressCallback& progress);

/// The vectors among them that the linear head sees, without a cache: [texts, features].
[[nodiscard]] at::Tensor compute_features(const model::Classifier& classifier, const Texts& texts, std::int32_t pad_id,
                                          std::string_view stage, const ProgressCallback& progress);

/// What the head makes of such vectors: [texts, labels] on the CPU.
[[nodiscard]] at::Tensor head_logits(const model::Classifier& classifier, const at::Tensor& features);

}  // namespace tt::training
