#pragma once

#include "transfer_tune/model/blocks/linear.hpp"
#include "transfer_tune/model/forward_mode.hpp"
#include "transfer_tune/model/module_names.hpp"
#include "transfer_tune/model/spec.hpp"

#include <string>
#include <vector>

namespace tt::model {

/// Two linear layers with an activation between them.
class FeedForward {
 public:
  /// Throws `InternalError` for a gate, which it does not compute.
  FeedForward(ParameterTable& table, const EncoderSpec& spec, const LayerNames& names, const std::string& prefix);

  /// [rows, hidden] → [rows, hidden]; the second layer's bias is deferred.
  [[nodiscard]] at::Tensor operator()(const ForwardPass& pass, const at::Tensor& x) const;
  [[nodiscard]] at::Tensor deferred_bias(Weights weights) const { return output_.deferred_bias(weights); }
  void use_int8(Weights weights, bool on);
  /// As `kLinearRoles` ends.
  [[nodiscard]] std::vector<Linear*> linears() { return {&intermediate_, &output_}; }

 private:
  Linear intermediate_;
  Linear output_;
  Activation activation_;
};

}  // namespace tt::model
