#pragma once

#include "transfer_tune/model/blocks/linear.hpp"
#include "transfer_tune/model/forward_mode.hpp"
#include "transfer_tune/model/module_names.hpp"
#include "transfer_tune/model/spec.hpp"

#include <string>
#include <variant>
#include <vector>

namespace tt::model {

/// Two linear layers with an activation between them, which may be multiplied by a gate.
class FeedForward {
 public:
  FeedForward(ParameterTable& table, const EncoderSpec& spec, const LayerNames& names, const std::string& prefix);

  /// [rows, hidden] → [rows, hidden]; the second layer's bias is deferred.
  [[nodiscard]] at::Tensor operator()(const ForwardPass& pass, const at::Tensor& x) const;
  [[nodiscard]] at::Tensor deferred_bias(Weights weights) const { return output_.deferred_bias(weights); }
  void use_int8(Weights weights, bool on);
  [[nodiscard]] std::vector<LayerLinear> linears();

 private:
  std::variant<Linear, JoinedLinear> intermediate_;  ///< joined: what is activated beside what it is multiplied by
  Linear output_;
  Activation activation_;
  bool gated_;
};

}  // namespace tt::model
