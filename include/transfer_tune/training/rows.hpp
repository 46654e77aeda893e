#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tt::training {

/// `indices` as an int64 tensor on the CPU.
[[nodiscard]] at::Tensor index_tensor(const std::vector<std::size_t>& indices);

/// The rows of `rows` (on the CPU) at `indices`, in that order; `rows` itself where those are all of them in their
/// order.
[[nodiscard]] at::Tensor rows_at(const at::Tensor& rows, const std::vector<std::size_t>& indices);

/// Each row scaled to length 1; a row of zeros stays one.
[[nodiscard]] at::Tensor unit_rows(const at::Tensor& rows);

/// Of each row the number of the nearest (cosine) of `others`: [rows] int64.
[[nodiscard]] at::Tensor nearest_rows(const at::Tensor& rows, const at::Tensor& others);

/// Labels as rows of fp32 on the CPU, 1 at the label: [labels.size(), num_labels].
[[nodiscard]] at::Tensor one_hot(const std::vector<std::int32_t>& labels, std::int64_t num_labels);

}  // namespace tt::training
