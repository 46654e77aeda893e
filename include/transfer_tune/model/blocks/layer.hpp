#pragma once

#include "transfer_tune/model/blocks/attention.hpp"
#include "transfer_tune/model/blocks/feed_forward.hpp"
#include "transfer_tune/model/blocks/norm.hpp"

#include <cstdint>
#include <vector>

namespace tt::model {

/// One layer of a transformer encoder: attention and feed-forward layers, each added to its input and then normed.
class Layer {
 public:
  /// Throws `InternalError` for another placement of the norms, which it does not compute.
  Layer(ParameterTable& table, const EncoderSpec& spec, const ModuleNames& names, std::int64_t layer);

  /// For the rows `queries` (all of `hidden`, or each sequence's first) that attend to `hidden`: as `queries`.
  [[nodiscard]] at::Tensor operator()(const ForwardPass& pass, const at::Tensor& queries,
                                      const at::Tensor& hidden) const;
  void use_int8(Weights weights, bool on);
  /// As `kLinearRoles` lists them.
  [[nodiscard]] std::vector<Linear*> linears();

 private:
  Layer(ParameterTable& table, const EncoderSpec& spec, const LayerNames& names, const std::string& prefix,
        std::int64_t layer);

  Attention attention_;
  Norm attention_norm_;
  FeedForward feed_forward_;
  Norm output_norm_;
  double attention_output_dropout_;
  double output_dropout_;
  std::int64_t layer_;
};

}  // namespace tt::model
