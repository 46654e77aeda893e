#pragma once

#include "transfer_tune/model/blocks/attention.hpp"
#include "transfer_tune/model/blocks/feed_forward.hpp"
#include "transfer_tune/model/blocks/norm.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace tt::model {

/// One layer of a transformer encoder: attention and feed-forward layers, each with a norm and added to its input. The
/// last has the family's final norm, if any, too.
class Layer {
 public:
  Layer(ParameterTable& table, const EncoderSpec& spec, const ModuleNames& names, std::int64_t layer);

  /// For the rows `queries` (the tensor `hidden` itself, or each sequence's first row of it) that attend to `hidden`:
  /// as `queries`.
  [[nodiscard]] at::Tensor operator()(const ForwardPass& pass, const at::Tensor& queries,
                                      const at::Tensor& hidden) const;
  void use_int8(Weights weights, bool on);
  [[nodiscard]] std::vector<LayerLinear> linears();
  /// The same weights as layer `layer`.
  [[nodiscard]] Layer as(std::int64_t layer) const;

 private:
  Layer(ParameterTable& table, const EncoderSpec& spec, const LayerNames& names, const std::string& prefix,
        const std::string& final_norm, std::int64_t layer);
  [[nodiscard]] at::Tensor norm_after(const ForwardPass& pass, const at::Tensor& queries,
                                      const at::Tensor& hidden) const;
  [[nodiscard]] at::Tensor norm_before(const ForwardPass& pass, const at::Tensor& queries,
                                       const at::Tensor& hidden) const;
  [[nodiscard]] ops::Dropout dropout(const ForwardPass& pass, double p, std::uint64_t which) const;

  Attention attention_;
  std::optional<Norm> attention_norm_;
  FeedForward feed_forward_;
  Norm output_norm_;
  std::optional<Norm> final_norm_;
  NormPlacement placement_;
  double attention_output_dropout_;
  double output_dropout_;
  std::int64_t layer_;
};

}  // namespace tt::model
