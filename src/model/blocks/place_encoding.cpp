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

PlaceEncoding::PlaceEncoding(ParameterTable& table, const EncoderSpec& spec, const ModuleNames& names)
    : local_(spec.local_attention.has_value()), head_dim_(spec.head_dim()) {
  if (spec.relative_bias) {
    relative_ = *spec.relative_bias;
    bias_ = table.add(names.relative_bias + ".weight", {relative_.buckets, spec.num_attention_heads}, Initial::normal);
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
  if (rotary_) {
    places.rotation = ops::rotation(longest, head_dim_, rotary_->theta, device);
    if (local_) places.local_rotation = ops::rotation(longest, head_dim_, rotary_->local_theta, device);
  }
  return places;
}

}  // namespace tt::model
