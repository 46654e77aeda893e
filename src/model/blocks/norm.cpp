#include "transfer_tune/model/blocks/norm.hpp"

namespace tt::model {

Norm::Norm(ParameterTable& table, const std::string& name, std::int64_t width, double eps)
    : weight_(table.add(name + ".weight", {width}, Initial::ones)),
      bias_(table.add(name + ".bias", {width}, Initial::zeros)),
      eps_(eps) {}

at::Tensor Norm::operator()(Weights weights, const at::Tensor& x, const at::Tensor& x_bias, const at::Tensor& residual,
                            const ops::Dropout& dropout) const {
  return ops::add_layer_norm(x, x_bias, residual, weight_.in(weights), bias_.in(weights), eps_, dropout);
}

}  // namespace tt::model
