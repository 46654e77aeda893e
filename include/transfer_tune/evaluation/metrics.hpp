#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

// Predictions to figures: plain numbers in, plain numbers out. A figure that is undefined is NaN.

namespace tt::evaluation {

inline constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

/// A classifier's answers on labelled texts. A label outside 0..num_classes-1 (by custom -1) is one that the
/// classifier does not know: such a text is always answered wrongly.
struct Scores {
  std::size_t num_classes = 0;
  std::vector<std::int32_t> labels;   ///< [n]
  std::vector<double> probabilities;  ///< [n, num_classes], row-major

  [[nodiscard]] std::size_t size() const noexcept { return labels.size(); }
  [[nodiscard]] std::span<const double> row(std::size_t i) const {
    return std::span(probabilities).subspan(i * num_classes, num_classes);
  }
};

/// Ids of the `k` (or all, if fewer) largest values, largest first, ties to the lowest id.
[[nodiscard]] std::vector<std::int32_t> top_k(std::span<const double> row, std::size_t k);

/// Id of the most probable class of each text, ties to the lowest id.
[[nodiscard]] std::vector<std::int32_t> predictions(const Scores& scores);

/// Softmax of each row of `logits` [n, num_classes] over `temperature`, in double precision.
[[nodiscard]] std::vector<double> softmax(std::span<const float> logits, std::size_t num_classes,
                                          double temperature = 1);

struct ClassMetrics {
  double precision = kUndefined;  ///< undefined for a class that was never predicted
  double recall = kUndefined;     ///< undefined for a class without texts
  double f1 = kUndefined;         ///< undefined for a class with neither
  std::size_t support = 0;        ///< texts with this label
  std::size_t predicted = 0;      ///< texts given this label
};

struct Averages {
  double precision = kUndefined;
  double recall = kUndefined;
  double f1 = kUndefined;
};

/// What labels and predictions alone say. Averages are scikit-learn's `precision_recall_fscore_support` with its
/// defaults: over the classes that occur among labels or predictions (each unknown label value is one class),
/// undefined class figures counting as 0. Without texts every figure is undefined.
struct LabelMetrics {
  std::size_t count = 0;    ///< texts
  std::size_t correct = 0;  ///< of these, answered rightly
  double accuracy = kUndefined;
  Averages micro;                       ///< equal to the accuracy, since each text has one label and one prediction
  Averages macro;                       ///< mean over classes
  Averages weighted;                    ///< mean over classes, weighted by support
  std::vector<ClassMetrics> per_class;  ///< [num_classes]
  std::vector<std::size_t> confusion;   ///< [num_classes, num_classes], label × prediction; unknown labels left out
  std::size_t unknown_labels = 0;       ///< texts whose label the classifier does not know
};

/// Throws `InternalError` when sizes differ or a prediction is outside 0..num_classes-1.
[[nodiscard]] LabelMetrics label_metrics(std::span<const std::int32_t> labels,
                                         std::span<const std::int32_t> predictions, std::size_t num_classes);

struct Metrics : LabelMetrics {
  double top3_accuracy = kUndefined;  ///< the label is among the three most probable classes
  /// Mean of -ln p(label), p clipped to [ε, 1-ε] with ε = 2⁻⁵² as in scikit-learn; over texts with known labels.
  double log_loss = kUndefined;
  double ece = kUndefined;  ///< expected calibration error; see calibration.hpp
};

/// Throws `InternalError` on sizes that do not fit, `NonFiniteError` on a probability that is not a number.
[[nodiscard]] Metrics compute_metrics(const Scores& scores);

}  // namespace tt::evaluation
