#pragma once

#include "transfer_tune/model/classifier.hpp"
#include "transfer_tune/record/evaluation_report.hpp"
#include "transfer_tune/training/encoded_set.hpp"

#include <cstdint>

namespace tt::runs {

/// What 8-bit integers change: `exact` and all of its layers in 8-bit integers, both on some of the set's texts, spread
/// over the whole of it.
[[nodiscard]] report::Int8Report compare_int8(const model::Classifier& exact, const training::EncodedSet& set,
                                              std::int32_t pad_id);

}  // namespace tt::runs
