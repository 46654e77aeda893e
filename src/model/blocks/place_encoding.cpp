#include "transfer_tune/model/blocks/place_encoding.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <variant>
#include <vector>

namespace tt::model {

std::int64_t relative_bucket(std::int64_t distance, const RelativeBias& spec) {
  const std::int64_t side = spec.buckets / 2;
  const std::int64_t exact = side / 2;
  const std::int64_t first = distance > 0 ? side : 0;
  const std::int64_t away = std::abs(distance);
  if (away < exact) return first + away;
  // In single precision, as Python has it, so that no distance falls into a neighbour's bucket.
  const float ratio = std::log(static_cast<float>(away) / static_cast<float>(exact)) /
                      static_cast<float>(std::log(static_cast<double>(spec.max_distance) / static_cast<double>(exact)));
  const auto beyond = static_cast<std::int64_t>(ratio * static_cast<float>(side - exact));
  return first + std::min(exact + beyond, side - 1);
}

at::Tensor disentangled_rows(std::int64_t longest, const DisentangledPlaces& spec) {
  // Of the query's place less the key's, as Python counts, and by its operations in single precision, so that no
  // distance falls into a neighbour's row.
  at::Tensor distance = at::arange(longest - 1, -longest, -1, at::kLong);
  if (spec.max_distance > 0) {
    const std::int64_t half = spec.span / 2;
    const at::Tensor away = distance.abs().clamp_min(std::max<std::int64_t>(half - 1, 1));
    const at::Tensor most =
        at::tensor(static_cast<double>(spec.max_distance - 1) / static_cast<double>(half), at::kFloat);
    const at::Tensor steps = at::ceil(at::log(away / half) / at::log(most) * (half - 1)) + half;
    distance = at::where(distance.abs() <= half, distance.to(at::kFloat), steps * distance.sign()).to(at::kLong);
  }
  return (distance + spec.span).clamp(0, 2 * spec.span - 1);
}

PlaceEncoding::PlaceEncoding(ParameterTable& table, const EncoderSpec& spec, const ModuleNames& names)
    : local_(spec.local_attention.has_value()), head_dim_(spec.head_dim()) {
  if (spec.relative_bias) {
    relative_ = *spec.relative_bias;
    bias_ = table.add(names.relative_bias + ".weight", {relative_.buckets, spec.num_attention_heads}, Initial::normal);
  }
  if (spec.disentangled) {
    disentangled_ = *spec.disentangled;
    vectors_ = table.add(names.places + ".weight", {2 * disentangled_.span, spec.hidden_size}, Initial::normal);
    if (disentangled_.normed) {
      vectors_norm_.emplace(table, names.places_norm, spec.hidden_size, spec.layer_norm_eps, spec.norm_biases);
    }
  }
  if (const auto* rotary = std::get_if<RotaryPositions>(&spec.positions)) rotary_ = *rotary;
}

Places PlaceEncoding::operator()(Weights weights, const ops::Packing& packing) const {
  Places places;
  const std::int64_t longest = packing.longest();
  const at::Device device = weights.front().value.device();
  if (bias_) {
    std::vector<std::int64_t> buckets;
    for (std::int64_t distance = 1 - longest; distance < longest; ++distance) {
      buckets.push_back(relative_bucket(distance, relative_));
    }
    places.bias = bias_->in(weights).index_select(0, at::tensor(buckets, at::kLong).to(device)).t().contiguous();
  }
  if (vectors_) {
    const at::Tensor rows = disentangled_rows(longest, disentangled_);
    // Rows fall as keys move on: the first is the highest.
    const std::int64_t lowest = rows[rows.size(0) - 1].item<std::int64_t>();
    const at::Tensor used = vectors_->in(weights).narrow(0, lowest, rows[0].item<std::int64_t>() - lowest + 1);
    places.vectors = vectors_norm_ ? (*vectors_norm_)(weights, used) : used;
    places.by_distance = (rows - lowest).to(device);
  }
  if (rotary_) {
    places.rotation = ops::rotation(longest, head_dim_, rotary_->theta, device);
    if (local_) places.local_rotation = ops::rotation(longest, head_dim_, rotary_->local_theta, device);
  }
  return places;
}

}  // namespace tt::model
