#pragma once

#include "transfer_tune/model/classifier.hpp"
#include "transfer_tune/record/latency_report.hpp"
#include "transfer_tune/tokenizer/tokenizer.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace tt::runs {

/// Times `classifier` on `texts`, of which there is one at least, from text to probabilities: one at a time, then all
/// at once, some times over. Takes about a second or two, and less with few texts.
[[nodiscard]] report::LatencyReport measure_latency(const model::Classifier& classifier,
                                                    const tokenizer::Tokenizer& tokenizer,
                                                    const std::vector<std::string_view>& texts, std::int64_t max_length,
                                                    std::int64_t threads);

}  // namespace tt::runs
