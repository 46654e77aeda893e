#pragma once

#include "transfer_tune/ops/packed.hpp"

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace tt::ops {

/// True where ATen's variable-length flash attention can stand in for `attention`: on CUDA, with bf16 products asked
/// for, heads of a size that it knows, and nothing added to the scores.
[[nodiscard]] bool flash_applies(const at::Tensor& query, const Packing& packing, std::int64_t num_heads,
                                 const AttentionPlaces& places);

/// As `attention`. Masks follow from the key too, but are not those of the other implementations.
[[nodiscard]] at::Tensor flash_attention(const at::Tensor& query, const at::Tensor& key_value, const Packing& packing,
                                         std::int64_t num_heads, const Dropout& dropout, std::int64_t window = -1);

}  // namespace tt::ops
