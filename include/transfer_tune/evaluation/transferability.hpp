#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "transfer_tune/evaluation/metrics.hpp"

// How well an encoder or a source domain suits a target, told from features and labels before anything trains.

namespace tt::evaluation {

/// One feature vector a text, row-major.
struct Features {
  std::size_t dimensions = 0;
  std::span<const float> values;  ///< [texts, dimensions]

  [[nodiscard]] std::size_t texts() const noexcept { return dimensions == 0 ? 0 : values.size() / dimensions; }
  [[nodiscard]] std::span<const float> row(std::size_t i) const { return values.subspan(i * dimensions, dimensions); }
};

/// How well features explain labels; undefined where fewer than two labels occur.
struct LabelFit {
  /// LogME (You et al., "LogME: Practical Assessment of Pre-trained Models for Transfer Learning", ICML 2021): the log
  /// evidence a text of a Bayesian linear regression from features to one label's indicator, at the prior and noise
  /// that maximise it, as a mean over the labels that occur. The ratio of noise to prior variance is sought within 10⁶
  /// of the features' mean squared singular value either way.
  double logme = kUndefined;
  /// H-score (Bao et al., "An Information-Theoretic Approach to Transferability in Task Transfer Learning", ICIP 2019)
  /// with Ibrahim et al.'s shrinkage ("Newer is not always better", ECML PKDD 2022): tr(Σ⁻¹·(1-α)·Σ_labels), where
  /// Σ is the features' covariance by Ledoit and Wolf with intensity α, and Σ_labels that of their means by label; both
  /// with divisor n. At most the number of labels less one.
  double h_score = kUndefined;
};

/// Throws `InternalError` when sizes differ or a label is outside 0..num_classes-1.
[[nodiscard]] LabelFit label_fit(const Features& features, std::span<const std::int32_t> labels,
                                 std::size_t num_classes);

/// LEEP (Nguyen et al., "LEEP: A New Measure to Evaluate Transferability of Learned Representations", ICML 2020): mean
/// log-likelihood of the labels under Σ_z P(label|z)·P(z|text), with the source classifier's probabilities
/// `source_probabilities` [texts, source_classes] and P(label|z) counted by them. At most 0, undefined without texts.
/// Throws `InternalError` when sizes do not fit.
[[nodiscard]] double leep(std::span<const double> source_probabilities, std::size_t source_classes,
                          std::span<const std::int32_t> labels, std::size_t num_classes);

/// Proxy A-distance of two domains (Ben-David et al., "Analysis of Representations for Domain Adaptation", NIPS 2006),
/// 2·(1 - 2·error), from the held-out error of a classifier that tells equally many texts of each apart. An error above
/// one half, no better than a coin, counts as one half.
[[nodiscard]] double proxy_a_distance(double error);

/// A source label as seen from a target label.
struct NearLabel {
  std::size_t label = 0;
  double cosine = kUndefined;  ///< of the mean features of the two
};

/// For each target label the `count` (or all, if fewer) source labels whose mean features are nearest by cosine, the
/// nearest first, ties to the lowest id. Labels without texts are near to none and have none. Throws `InternalError`
/// when sizes do not fit.
[[nodiscard]] std::vector<std::vector<NearLabel>> nearest_labels(const Features& target,
                                                                 std::span<const std::int32_t> target_labels,
                                                                 std::size_t target_classes, const Features& source,
                                                                 std::span<const std::int32_t> source_labels,
                                                                 std::size_t source_classes, std::size_t count);

}  // namespace tt::evaluation
