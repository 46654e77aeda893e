#pragma once

#include "transfer_tune/model/parameter.hpp"
#include "transfer_tune/ops/int8.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace tt::model {

/// Who adds a linear layer's bias.
enum class Bias {
  none,      ///< there is none
  added,     ///< the layer
  deferred,  ///< the op that comes next, which passes over the layer's results anyway
};

/// x · weightᵀ + bias: the one place for a linear layer's bias, its 8-bit form, and whatever else is put on it.
class Linear {
 public:
  /// `name`.weight is [out, in], `name`.bias [out].
  Linear(ParameterTable& table, const std::string& name, std::int64_t in, std::int64_t out, Bias bias);

  /// [rows, in] → [rows, out]; without a bias that is deferred.
  [[nodiscard]] at::Tensor operator()(Weights weights, const at::Tensor& x) const;
  /// What the next op has to add: [out], or undefined.
  [[nodiscard]] at::Tensor deferred_bias(Weights weights) const;
  /// From now on with 8-bit integers, of the weights as they are now, or without: see `Encoder::in_int8`.
  void use_int8(Weights weights, bool on);

 private:
  friend class JoinedLinear;
  /// What the layer itself adds, or undefined.
  [[nodiscard]] at::Tensor added_bias(Weights weights) const;

  ParameterRef weight_;
  std::optional<ParameterRef> bias_;
  bool deferred_ = false;
  std::optional<ops::Int8Linear> int8_;
};

/// Two linear layers over the same input, their results side by side.
class JoinedLinear {
 public:
  JoinedLinear(Linear first, Linear second) : first_(std::move(first)), second_(std::move(second)) {}

  /// [rows, in] → [rows, first's out + second's out]
  [[nodiscard]] at::Tensor operator()(Weights weights, const at::Tensor& x) const;
  void use_int8(Weights weights, bool on);

 private:
  Linear first_;
  Linear second_;
  std::optional<ops::Int8Linear> int8_;
};

}  // namespace tt::model
