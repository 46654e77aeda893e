#pragma once

#include "runs/encoder_loader.hpp"
#include "runs/stage_data.hpp"
#include "runs/train_stage.hpp"
#include "transfer_tune/config/run_config.hpp"
#include "transfer_tune/core/log.hpp"
#include "transfer_tune/record/run_report.hpp"
#include "transfer_tune/training/activation_store.hpp"

#include <optional>
#include <string>

namespace tt::runs {

/// What a source stage works with beside its data.
struct SourceContext {
  std::string environment;  ///< what the result depends on beside config and data (program, precision, threads)
  bool reuse = true;        ///< a cached result is taken where nothing it depends on changed
  training::ActivationStore& store;
  RunState& state;
  const ProgressCallback& progress;
};

/// Brings `target`'s encoder from the pretrained weights to what the source domain teaches: trains (or takes from the
/// cache, or from `source.checkpoint`) a source classifier, chooses the share of its weights to keep on the target's
/// training texts, and carries over head rows of shared labels where asked. `source_data` is absent where
/// `source.checkpoint` is given.
[[nodiscard]] report::SourceReport run_source_stage(const config::RunConfig& config, const LoadedEncoder& pretrained,
                                                    const std::optional<StageData>& source_data,
                                                    const StageData& target_data, model::Classifier& target,
                                                    const SourceContext& context);

}  // namespace tt::runs
