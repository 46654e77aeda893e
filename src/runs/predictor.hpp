#pragma once

#include "runs/decision.hpp"
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
  std::optional<report::Decision> decision;  ///< absent: the checkpoint holds none
  double temperature;                        ///< of the probabilities: the decision's, or 1 where it is not asked for
  bool calibrates;                           ///< the decision's temperatures are asked for
  std::vector<double> thresholds;            ///< one a label where a text may have several; empty: it has one

  /// As the head sees the texts: [texts, hidden] on the CPU.
  [[nodiscard]] at::Tensor features(const training::EncodedSet& set, const ProgressCallback& progress) const;
  /// Of such features: [texts, labels].
  [[nodiscard]] at::Tensor logits(const at::Tensor& features) const;
  /// Logits of texts with these languages as `temperature` is for: see `at_one_temperature`.
  [[nodiscard]] at::Tensor calibrated(const at::Tensor& logits, const std::vector<std::string>& languages) const;
};

/// Throws `CheckpointError` when the directory has no classification head, or a decision that cannot be used.
[[nodiscard]] LoadedClassifier load_classifier(const ModelOptions& options);

}  // namespace tt::runs
