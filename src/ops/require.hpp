#pragma once

#include <ATen/core/Tensor.h>

// Checks of what kernels read through raw pointers: with a wrong size they would read other memory, silently.

namespace tt::ops {

/// Throws the `InternalError` that says what the argument `name` of `op` is, and what was expected: these sizes, or,
/// where there are none, a matrix.
[[noreturn]] void reject_argument(const char* op, const char* name, const at::Tensor& found, at::IntArrayRef expected);

/// Throws `InternalError` unless `x` has two dimensions.
inline void require_matrix(const char* op, const char* name, const at::Tensor& x) {
  if (!x.defined() || x.dim() != 2) reject_argument(op, name, x, {});
}

/// Throws `InternalError` unless `x` has these sizes, on whatever device.
inline void require_sizes(const char* op, const char* name, const at::Tensor& x, at::IntArrayRef sizes) {
  if (!x.defined() || x.sizes() != sizes) reject_argument(op, name, x, sizes);
}

/// Throws `InternalError` unless a kernel may read `x`: these sizes, contiguous, of this type, in the CPU's memory.
inline void require_readable(const char* op, const char* name, const at::Tensor& x, at::IntArrayRef sizes,
                             at::ScalarType type = at::kFloat) {
  require_sizes(op, name, x, sizes);
  if (!x.is_contiguous() || x.scalar_type() != type || !x.is_cpu()) reject_argument(op, name, x, sizes);
}

}  // namespace tt::ops
