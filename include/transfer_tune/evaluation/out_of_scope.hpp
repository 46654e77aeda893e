#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

// Scores that tell texts of the known labels from others: the higher, the more in scope. Matrices are row-major, one
// row a text.

namespace tt::evaluation {

enum class ScopeScore {
  max_probability,  ///< the largest probability (Hendrycks and Gimpel 2017), calibrated
  energy,           ///< ln Σ exp(logit) (Liu et al. 2020, at temperature 1)
  mahalanobis,      ///< minus the squared distance to the nearest class mean (Lee et al. 2018)
  knn,              ///< cosine similarity to the k-th nearest training text (Sun et al. 2022)
};

/// The largest of each row of softmax(logits / temperature).
[[nodiscard]] std::vector<double> max_probability_scores(std::span<const float> logits, std::size_t num_classes,
                                                         double temperature);

/// ln Σ exp(logit) of each row.
[[nodiscard]] std::vector<double> energy_scores(std::span<const float> logits, std::size_t num_classes);

/// Training texts that others are compared with.
struct ReferenceTexts {
  std::size_t width = 0;
  std::vector<float> features;       ///< [n, width]
  std::vector<std::int32_t> labels;  ///< [n], none negative

  [[nodiscard]] std::size_t size() const noexcept { return labels.size(); }
};

/// Class means and one covariance for all classes, as Lee et al. 2018 ("A Simple Unified Framework for Detecting
/// Out-of-Distribution Samples and Adversarial Attacks") take them, in coordinates in which that covariance is 1.
/// Both matrices are stored column by column, as they are run through.
struct ClassGaussians {
  std::size_t width = 0;
  std::vector<double> whitening;  ///< width columns: inverse of the covariance's Cholesky factor, lower triangular
  std::vector<double> means;      ///< width columns, each of a value per class that occurs; whitened
};

/// S = (1/n) Σ (x - mean of its class)(x - mean of its class)ᵀ, then shrunk towards a multiple of the identity by the
/// weight of Ledoit and Wolf 2004 ("A well-conditioned estimator for large-dimensional covariance matrices"), as
/// scikit-learn's `ledoit_wolf(centred, assume_centered=True)`, but by a thousandth at least. Where every text is its
/// class's mean, S is the identity. Throws `InternalError` without texts.
[[nodiscard]] ClassGaussians fit_class_gaussians(const ReferenceTexts& texts);

/// Minus the squared Mahalanobis distance of each row of `features` to the nearest class mean.
[[nodiscard]] std::vector<double> mahalanobis_scores(const ClassGaussians& classes, std::span<const float> features);

/// Texts to be near to.
struct Neighbourhood {
  std::size_t width = 0;
  std::size_t neighbours = 1;  ///< which nearest text counts
  std::vector<float> texts;    ///< [n, width], of length 1 each
};

/// Throws `InternalError` without texts.
[[nodiscard]] Neighbourhood make_neighbourhood(const ReferenceTexts& texts, std::size_t neighbours);

/// Cosine of the angle between each row of `features` and the nearest text but `neighbours` - 1, or the farthest where
/// there are fewer.
[[nodiscard]] std::vector<double> neighbour_scores(const Neighbourhood& texts, std::span<const float> features);

}  // namespace tt::evaluation
