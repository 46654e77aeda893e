#include "transfer_tune/model/blocks/dense.hpp"

#include "transfer_tune/core/text.hpp"
#include "transfer_tune/model/blocks/activation.hpp"

namespace tt::model {

Dense::Dense(ParameterTable& table, const std::string& name, std::int64_t in, const DenseSpec& spec)
    : linear_(table, name, in, spec.out_features, spec.bias ? Bias::added : Bias::none), activation_(spec.activation) {}

at::Tensor Dense::operator()(Weights weights, const at::Tensor& vectors) const {
  return activate(activation_, linear_(weights, {}, vectors));
}

// With "layer" in it, so that a glob over all layers' biases holds of its own too.
std::string dense_name(std::size_t number) { return concat("dense_layer.", number); }

}  // namespace tt::model
