#pragma once

#include "transfer_tune/device/device.hpp"
#include "transfer_tune/ops/packed.hpp"

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

namespace tt::model {

/// Token sequences laid end to end.
struct PackedBatch {
  at::Tensor ids;        ///< [rows] int64
  at::Tensor positions;  ///< [rows] int64, restarting at 0 with each sequence
  at::Tensor counted;    ///< [rows] int64: how many tokens of the sequence up to this one are no padding; 0 for padding
  ops::Packing packing;
};

/// Packs `sequences` (none empty) on `device`; rows are rounded up to a multiple of `round_to` with `pad_id`.
[[nodiscard]] PackedBatch pack(std::span<const std::span<const std::int32_t>> sequences, std::int32_t pad_id,
                               at::Device device, std::int64_t round_to = device::row_multiple());

/// The layout alone, for sequences of these lengths.
[[nodiscard]] ops::Packing packing_of(std::span<const std::int64_t> lengths,
                                      std::int64_t round_to = device::row_multiple());

}  // namespace tt::model
