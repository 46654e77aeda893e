#include "transfer_tune/model/blocks/norm.hpp"

#include <ATen/ATen.h>

namespace tt::model {

Norm::Norm(ParameterTable& table, const std::string& name, std::int64_t width, double eps, bool biased)
    : weight_(table.add(name + ".weight", {width}, Initial::ones)), eps_(eps) {
  if (biased) bias_ = table.add(name + ".bias", {width}, Initial::zeros);
}

at::Tensor Norm::operator()(Weights weights, const at::Tensor& x) const {
  return at::layer_norm(x, {x.size(-1)}, weight_.in(weights), bias_ ? bias_->in(weights) : at::Tensor(), eps_);
}

at::Tensor Norm::operator()(Weights weights, const at::Tensor& x, const at::Tensor& x_bias, const at::Tensor& residual,
                            const ops::Dropout& dropout) const {
  return ops::add_layer_norm(x, x_bias, residual, weight_.in(weights), bias_ ? bias_->in(weights) : at::Tensor(), eps_,
                             dropout);
}

}  // namespace tt::model
