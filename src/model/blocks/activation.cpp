#include "transfer_tune/model/blocks/activation.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/ops/packed.hpp"

#include <ATen/ATen.h>

namespace tt::model {

at::Tensor activate(Activation activation, const at::Tensor& x, const at::Tensor& bias) {
  const auto sum = [&] { return bias.defined() ? x + bias : x; };
  switch (activation) {
    case Activation::gelu:
      return ops::bias_gelu(x, bias);
    case Activation::gelu_tanh:
      return at::gelu(sum(), "tanh");
    case Activation::relu:
      return at::relu(sum());
    case Activation::tanh:
      return at::tanh(sum());
    case Activation::silu:
      return at::silu(sum());
    case Activation::sigmoid:
      return at::sigmoid(sum());
    case Activation::identity:
      return sum();
  }
  throw InternalError("unknown activation");
}

at::Tensor activate_gated(Activation activation, const at::Tensor& x) {
  if (activation == Activation::gelu) return ops::gated_gelu(x);
  const std::int64_t columns = x.size(1) / 2;
  return activate(activation, x.narrow(1, 0, columns)) * x.narrow(1, columns, columns);
}

}  // namespace tt::model
