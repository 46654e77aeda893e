#pragma once

#include "runs/stage_data.hpp"
#include "transfer_tune/core/log.hpp"
#include "transfer_tune/model/classifier.hpp"
#include "transfer_tune/record/transferability_report.hpp"
#include "transfer_tune/training/activation_store.hpp"

#include <cstdint>

namespace tt::runs {

/// What the scores are computed with.
struct TransferabilityInputs {
  const StageData& target;
  const StageData* source = nullptr;      ///< null: its texts are not at hand
  const model::Classifier& pretrained;    ///< the encoder as the target has it without the source, under its head
  const model::Classifier& source_tuned;  ///< the encoder after the source stage, under the same kind of head
  bool has_source_head = false;           ///< `source_tuned` has the head that the source learnt
};

/// Scores on samples of both domains' training texts, some thousands at most, drawn by `seed`.
[[nodiscard]] report::TransferabilityReport measure_transferability(const TransferabilityInputs& inputs,
                                                                    std::uint64_t seed, std::int32_t pad_id,
                                                                    training::ActivationStore& store,
                                                                    const ProgressCallback& progress);

}  // namespace tt::runs
