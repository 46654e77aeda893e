#pragma once

#include "transfer_tune/model/blocks/linear.hpp"
#include "transfer_tune/model/forward_mode.hpp"
#include "transfer_tune/model/module_names.hpp"
#include "transfer_tune/model/spec.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tt::model {

/// Multi-head self-attention with its output layer.
class Attention {
 public:
  /// The attention of layer `layer`, whose modules are below `prefix`.
  Attention(ParameterTable& table, const EncoderSpec& spec, const LayerNames& names, const std::string& prefix,
            std::int64_t layer);

  /// For the rows `queries` (all of `hidden`, or each sequence's first) that attend to `hidden`: as `queries`. The
  /// output layer's bias is deferred.
  [[nodiscard]] at::Tensor operator()(const ForwardPass& pass, const at::Tensor& queries,
                                      const at::Tensor& hidden) const;
  [[nodiscard]] at::Tensor deferred_bias(Weights weights) const { return output_.deferred_bias(weights); }
  void use_int8(Weights weights, bool on);
  /// As `kLinearRoles` begins.
  [[nodiscard]] std::vector<Linear*> linears() {
    return {&query_, &key_value_.first(), &key_value_.second(), &output_};
  }

 private:
  Linear query_;
  JoinedLinear key_value_;
  Linear output_;
  std::int64_t heads_;
  double dropout_;
  std::uint64_t site_;
};

}  // namespace tt::model
