#pragma once

#include "transfer_tune/model/spec.hpp"

#include <ATen/core/Tensor.h>

namespace tt::model {

/// activation(x + bias), for each element of x [rows, columns]; `bias` [columns] may be undefined.
[[nodiscard]] at::Tensor activate(Activation activation, const at::Tensor& x, const at::Tensor& bias = {});
/// activation(left)·right for rows [left | right]: [rows, 2·columns] → [rows, columns].
[[nodiscard]] at::Tensor activate_gated(Activation activation, const at::Tensor& x);

}  // namespace tt::model
