#pragma once

#include <ATen/core/Tensor.h>

namespace tt::ops {

/// output ← x · weightᵀ + bias; `bias` may be undefined. Not differentiable.
void linear_into(at::Tensor& output, const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);

}  // namespace tt::ops
