#pragma once

#include "transfer_tune/model/blocks/norm.hpp"
#include "transfer_tune/model/forward_mode.hpp"
#include "transfer_tune/model/module_names.hpp"
#include "transfer_tune/model/spec.hpp"

#include <cstdint>
#include <optional>

namespace tt::model {

/// What all layers make of places alike: a learnt bias or vectors by distance, angles of rotary positions, or nothing.
class PlaceEncoding {
 public:
  PlaceEncoding(ParameterTable& table, const EncoderSpec& spec, const ModuleNames& names);

  /// For the sequences of `packing`.
  [[nodiscard]] Places operator()(Weights weights, const ops::Packing& packing) const;

 private:
  std::optional<ParameterRef> bias_;  ///< [buckets, heads]
  RelativeBias relative_;
  std::optional<ParameterRef> vectors_;  ///< [2·span, hidden]
  DisentangledPlaces disentangled_;
  std::optional<Norm> vectors_norm_;
  std::optional<RotaryPositions> rotary_;
  bool local_ = false;  ///< some layers have a window
  std::int64_t head_dim_;
};

/// The bucket of a key `distance` places behind the query (before it, where negative).
[[nodiscard]] std::int64_t relative_bucket(std::int64_t distance, const RelativeBias& spec);

/// The row of vectors of places for keys 1 - longest .. longest - 1 places behind the query: [2·longest - 1] int64.
[[nodiscard]] at::Tensor disentangled_rows(std::int64_t longest, const DisentangledPlaces& spec);

}  // namespace tt::model
