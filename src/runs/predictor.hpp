#pragma once

#include "runs/encoder_loader.hpp"
#include "transfer_tune/runs/commands.hpp"
#include "transfer_tune/training/encoded_set.hpp"

#include <cstdint>
#include <optional>

namespace tt::runs {

/// A checkpoint with its head on the device that was asked for.
struct LoadedClassifier {
  LoadedEncoder encoder;
  model::Classifier classifier;
  std::optional<model::Classifier> int8;  ///< the same in 8-bit integers, where asked for
  std::vector<std::string> labels;
  std::int64_t max_length;
  std::int64_t threads;

  [[nodiscard]] at::Tensor logits(const training::EncodedSet& set, const ProgressCallback& progress) const;
};

/// Throws `CheckpointError` when the directory has no classification head.
[[nodiscard]] LoadedClassifier load_classifier(const ModelOptions& options);

}  // namespace tt::runs
