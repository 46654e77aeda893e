#pragma once

#include "transfer_tune/model/blocks/linear.hpp"
#include "transfer_tune/model/forward_mode.hpp"
#include "transfer_tune/model/module_names.hpp"
#include "transfer_tune/model/spec.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tt::model {

/// Multi-head self-attention with its output layer.
class Attention {
 public:
  /// The attention of layer `layer`, whose modules are below `prefix`.
  Attention(ParameterTable& table, const EncoderSpec& spec, const LayerNames& names, const std::string& prefix,
            std::int64_t layer);

  /// For the rows `queries` (the tensor `hidden` itself, or each sequence's first row of it) that attend to `hidden`:
  /// as `queries`. The output layer's bias is deferred.
  [[nodiscard]] at::Tensor operator()(const ForwardPass& pass, const at::Tensor& queries,
                                      const at::Tensor& hidden) const;
  [[nodiscard]] at::Tensor deferred_bias(Weights weights) const { return output_.deferred_bias(weights); }
  void use_int8(Weights weights, bool on);
  [[nodiscard]] std::vector<LayerLinear> linears();
  /// From now on that of layer `layer`, with the weights that it has.
  void move_to(std::int64_t layer) { layer_ = layer; }

 private:
  struct Apart {
    Linear query;
    JoinedLinear key_value;
  };

  /// Products of queries, keys or both with vectors of places, which join the scores.
  struct PlaceProducts {
    bool of_queries;
    bool of_keys;
    double dropout;
    std::optional<Linear> own_key;  ///< absent: the layer's own projection of keys serves places too
    std::optional<Linear> own_query;
  };

  /// Projections of places alone.
  [[nodiscard]] std::vector<Linear*> place_linears();
  /// What the layer makes of places.
  [[nodiscard]] ops::AttentionPlaces places(const ForwardPass& pass) const;
  /// Queries, keys and values turned as the family's positions have it, and what attention makes of them.
  [[nodiscard]] at::Tensor context(const ForwardPass& pass, const at::Tensor& queries, const at::Tensor& hidden) const;

  std::variant<Apart, Linear> projections_;  ///< of queries apart from keys and values, or of all three at once
  std::optional<PlaceProducts> place_products_;
  Linear output_;
  std::int64_t heads_;
  std::int64_t window_;
  bool rotary_;
  double dropout_;
  std::int64_t layer_;
};

}  // namespace tt::model
