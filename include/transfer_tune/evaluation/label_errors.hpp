#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "transfer_tune/evaluation/metrics.hpp"

// Confident learning (Northcutt, Jiang and Chuang, "Confident Learning: Estimating Uncertainty in Dataset Labels", JAIR
// 70, 2021) as the cleanlab package computes it: which given labels are probably wrong, from probabilities by a model
// that had not seen the texts it answers.

namespace tt::evaluation {

/// For each class the mean probability that its own texts are given (equation 2), 2·10⁻⁶ at least; 2, which no
/// probability reaches, for a class without texts.
[[nodiscard]] std::vector<double> confident_thresholds(const Scores& scores);

/// The calibrated confident joint (equations 1 and 3): [num_classes, num_classes] texts by given label (row) and
/// probable true label (column). A text counts where the probability of exactly one class reaches its threshold, or for
/// the most probable class where several do. Rows are scaled to the texts with that label, rounded to whole texts
/// without changing their sums.
[[nodiscard]] std::vector<std::int64_t> confident_joint(const Scores& scores);

struct LabelIssue {
  std::size_t text = 0;         ///< its row in the scores
  std::int32_t suggestion = 0;  ///< the most probable class
  double score = 0;  ///< (1 + p(suggestion) - p(label)) / 2: one minus cleanlab's normalized margin; larger: worse
};

/// Texts whose label is probably wrong, highest score first, ties in the order of the texts. "Prune by noise rate": of
/// the texts labelled i, those with the largest p(j) - p(i), as many as the joint has at (i, j), over all j ≠ i; never
/// one whose label is the most probable class, nor a class's only text. Throws `InternalError` when sizes differ or a
/// label is outside 0..num_classes-1.
[[nodiscard]] std::vector<LabelIssue> find_label_issues(const Scores& scores);

}  // namespace tt::evaluation
