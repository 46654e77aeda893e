#pragma once

#include "transfer_tune/evaluation/out_of_scope.hpp"
#include "transfer_tune/record/decision_report.hpp"

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

// How a checkpoint's answers become probabilities, and when it gives none.

namespace tt::runs {

/// What the scores that look at features compare texts with.
struct ScopeReference {
  evaluation::ClassGaussians classes;  ///< for `mahalanobis`
  evaluation::Neighbourhood texts;     ///< for `knn`
};

/// One score of texts, from `logits` [texts, classes] with the probabilities of `temperature`, or from `features`
/// [texts, hidden], whichever it looks at; both on the CPU.
[[nodiscard]] std::vector<double> score_texts(evaluation::ScopeScore score, const at::Tensor& logits,
                                              const at::Tensor& features, double temperature,
                                              const ScopeReference& reference);

/// Writes decision.json and, for a score that looks at features, decision.safetensors. Throws `IoError`.
void write_decision(const std::filesystem::path& checkpoint, const report::Decision& decision,
                    const ScopeReference& reference);

/// Nothing without a decision.json, as in checkpoints that others wrote. Throws `CheckpointError` naming the file.
[[nodiscard]] std::optional<report::Decision> read_decision(const std::filesystem::path& checkpoint);

/// As much of the reference as the decision's score needs; `features` is how wide a text's vector is. Throws
/// `CheckpointError`.
[[nodiscard]] ScopeReference read_reference(const std::filesystem::path& checkpoint, const report::Decision& decision,
                                            std::int64_t features);

/// The threshold of a text in `language`, which may be unknown or empty.
[[nodiscard]] double threshold_of(const report::Decision& decision, const std::string& language);

/// `logits` [texts, labels], scaled so that the temperature of all makes of them what each text's own would;
/// `languages`: one a text, or empty.
[[nodiscard]] at::Tensor at_one_temperature(const at::Tensor& logits, const report::Decision& decision,
                                            const std::vector<std::string>& languages);

/// The values of a tensor of floats on the CPU, row by row.
[[nodiscard]] std::vector<float> values_of(const at::Tensor& tensor);

}  // namespace tt::runs
