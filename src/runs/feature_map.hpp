#pragma once

#include "transfer_tune/record/feature_map_report.hpp"

#include <ATen/core/TensorBody.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tt::runs {

/// Positions of the texts that a map of `count` texts shows: all, or 2,000 of them evenly spaced.
[[nodiscard]] std::vector<std::size_t> mapped_texts(std::size_t count);

/// Of texts as the head sees them, [texts, hidden] on the CPU, before adaptation and after; `after` undefined: the
/// encoder stayed as it was. `labels` holds each text's id, or -1. Absent for fewer than three texts.
[[nodiscard]] std::optional<report::FeatureMapReport> make_feature_map(const at::Tensor& before,
                                                                       const at::Tensor& after,
                                                                       std::span<const std::int32_t> labels);

}  // namespace tt::runs
