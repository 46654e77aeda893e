#pragma once

#include "transfer_tune/model/parameter.hpp"
#include "transfer_tune/ops/packed.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace tt::model {

/// A LayerNorm, alone or behind a residual connection.
class Norm {
 public:
  /// `name`.weight and, with `biased`, `name`.bias are [width].
  Norm(ParameterTable& table, const std::string& name, std::int64_t width, double eps, bool biased);

  /// LayerNorm(x): [rows, width].
  [[nodiscard]] at::Tensor operator()(Weights weights, const at::Tensor& x) const;

  /// LayerNorm(dropout(x + x_bias) + residual): [rows, width]; `x_bias` may be undefined.
  [[nodiscard]] at::Tensor operator()(Weights weights, const at::Tensor& x, const at::Tensor& x_bias,
                                      const at::Tensor& residual, const ops::Dropout& dropout) const;

 private:
  ParameterRef weight_;
  std::optional<ParameterRef> bias_;
  double eps_;
};

}  // namespace tt::model
