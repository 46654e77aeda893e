#pragma once

#include "runs/encoder_loader.hpp"
#include "transfer_tune/data/dataset.hpp"
#include "transfer_tune/record/run_report.hpp"
#include "transfer_tune/training/forward.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tt::runs {

/// The two floors on `texts`: the most frequent training label, and the label whose name is nearest (cosine) to the
/// text in the pretrained encoder's own pooled vectors, given in `pooled` [texts, hidden].
[[nodiscard]] report::BaselinesReport measure_baselines(const model::Classifier& pretrained,
                                                        const tokenizer::Tokenizer& tokenizer,
                                                        const data::LabelMap& labels,
                                                        const std::vector<std::int32_t>& training_labels,
                                                        const training::EncodedSet& texts, const at::Tensor& pooled,
                                                        std::int64_t max_length);

}  // namespace tt::runs
