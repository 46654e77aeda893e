#pragma once

#include "transfer_tune/core/random.hpp"
#include "transfer_tune/model/parameter.hpp"
#include "transfer_tune/ops/packed.hpp"

#include <cstdint>

namespace tt::model {

/// Whether dropout acts, and the key of every mask of one forward pass.
struct ForwardMode {
  bool training = false;
  std::uint64_t seed = 0;
  std::uint64_t step = 0;

  /// The dropout of `p` at site (purpose, layer); none outside training.
  [[nodiscard]] ops::Dropout dropout(double p, RandomPurpose purpose, std::uint64_t site) const {
    return training ? ops::Dropout{p, random_key(seed, purpose, step, site)} : ops::Dropout{};
  }
};

/// The site of a layer's dropout; -1: the embeddings. Purposes share a step's key space; sites of one purpose are told
/// apart by two per layer.
[[nodiscard]] inline std::uint64_t dropout_site(std::int64_t layer, std::uint64_t which) {
  return 2 * static_cast<std::uint64_t>(layer + 1) + which;
}

/// What layers make of places, for the texts of one pass.
struct Places {
  at::Tensor bias{};               ///< as `ops::AttentionPlaces` has it; undefined without `EncoderSpec::relative_bias`
  at::Tensor vectors{};            ///< [.., hidden] of distances; undefined without `EncoderSpec::disentangled`
  at::Tensor by_distance{};        ///< [distances] int64: which of them, where `bias` has its columns
  ops::Rotation rotation{};        ///< undefined but for rotary positions
  ops::Rotation local_rotation{};  ///< of layers with a window
};

/// What a block of layers is given beside its input.
struct ForwardPass {
  Weights weights;
  const ops::Packing& packing;
  const ForwardMode& mode;
  const Places& places;
};

}  // namespace tt::model
