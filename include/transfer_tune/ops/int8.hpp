#pragma once

#include <ATen/core/Tensor.h>
#include <c10/util/intrusive_ptr.h>

struct LinearPackedParamsBase;

namespace tt::ops {

/// A linear layer whose products are of 8-bit integers: weights are rounded once, to a scale per output channel, inputs
/// at each call, to one scale a batch. Not differentiable; only where `device::Capability::cpu_int8`.
class Int8Linear {
 public:
  /// weight: [out, in] fp32; bias: [out] or undefined.
  Int8Linear(const at::Tensor& weight, const at::Tensor& bias = {});
  Int8Linear(const Int8Linear&);
  Int8Linear& operator=(const Int8Linear&);
  ~Int8Linear();

  /// [rows, in] → [rows, out], fp32.
  [[nodiscard]] at::Tensor operator()(const at::Tensor& x) const;

 private:
  c10::intrusive_ptr<LinearPackedParamsBase> packed_;
};

}  // namespace tt::ops
