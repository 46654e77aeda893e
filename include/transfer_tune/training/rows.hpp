#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <vector>

namespace tt::training {

/// `indices` as an int64 tensor on the CPU.
[[nodiscard]] at::Tensor index_tensor(const std::vector<std::size_t>& indices);

/// The rows of `rows` (on the CPU) at `indices`, in that order; `rows` itself where those are all of them in their
/// order.
[[nodiscard]] at::Tensor rows_at(const at::Tensor& rows, const std::vector<std::size_t>& indices);

/// Each row scaled to length 1; a row of zeros stays one.
[[nodiscard]] at::Tensor unit_rows(const at::Tensor& rows);

}  // namespace tt::training
