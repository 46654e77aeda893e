#pragma once

#include "transfer_tune/model/blocks/linear.hpp"
#include "transfer_tune/model/spec.hpp"

#include <cstdint>
#include <string>

namespace tt::model {

/// One of an encoder's Dense modules.
class Dense {
 public:
  Dense(ParameterTable& table, const std::string& name, std::int64_t in, const DenseSpec& spec);

  /// activation(W·v + b) of one vector a text: [sequences, in] → [sequences, out].
  [[nodiscard]] at::Tensor operator()(Weights weights, const at::Tensor& vectors) const;

 private:
  Linear linear_;
  Activation activation_;
};

/// What the encoder calls its Dense module of that number, whatever a checkpoint's folders are called.
[[nodiscard]] std::string dense_name(std::size_t number);

}  // namespace tt::model
