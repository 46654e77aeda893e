#pragma once

#include "transfer_tune/model/blocks/linear.hpp"
#include "transfer_tune/model/module_names.hpp"
#include "transfer_tune/model/spec.hpp"

#include <string>

namespace tt::model {

/// Two linear layers with an activation between them.
class FeedForward {
 public:
  /// Throws `InternalError` for a gate, which it does not compute.
  FeedForward(ParameterTable& table, const EncoderSpec& spec, const LayerNames& names, const std::string& prefix);

  /// [rows, hidden] → [rows, hidden]; the second layer's bias is deferred.
  [[nodiscard]] at::Tensor operator()(Weights weights, const at::Tensor& x) const;
  [[nodiscard]] at::Tensor deferred_bias(Weights weights) const { return output_.deferred_bias(weights); }
  void use_int8(Weights weights, bool on);

 private:
  Linear intermediate_;
  Linear output_;
  Activation activation_;
};

}  // namespace tt::model
