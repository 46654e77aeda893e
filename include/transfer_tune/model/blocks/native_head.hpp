#pragma once

#include "transfer_tune/model/blocks/linear.hpp"
#include "transfer_tune/model/module_names.hpp"
#include "transfer_tune/model/spec.hpp"

namespace tt::model {

/// The hidden layer of a family's own classification head; dropout and the linear layer that follow are `Classifier`'s.
class NativeHead {
 public:
  NativeHead(ParameterTable& table, const EncoderSpec& spec, const NativeHeadNames& names);

  /// activation(W·h + b) of the first tokens' vectors [sequences, hidden].
  [[nodiscard]] at::Tensor operator()(Weights weights, const at::Tensor& first_tokens) const;

 private:
  Linear dense_;
  Activation activation_;
};

}  // namespace tt::model
