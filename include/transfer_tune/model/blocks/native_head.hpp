#pragma once

#include "transfer_tune/model/blocks/linear.hpp"
#include "transfer_tune/model/blocks/norm.hpp"
#include "transfer_tune/model/module_names.hpp"
#include "transfer_tune/model/spec.hpp"

#include <optional>

namespace tt::model {

/// The hidden layer of a family's own classification head; dropout and the linear layer that follow are `Classifier`'s.
class NativeHead {
 public:
  NativeHead(ParameterTable& table, const EncoderSpec& spec, const NativeHeadNames& names);

  /// activation(W·h + b), normed where the family has it, of one vector a text: [sequences, hidden].
  [[nodiscard]] at::Tensor operator()(Weights weights, const at::Tensor& pooled) const;

 private:
  Linear dense_;
  Activation activation_;
  std::optional<Norm> norm_;
};

}  // namespace tt::model
