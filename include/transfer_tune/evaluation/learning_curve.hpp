#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "transfer_tune/evaluation/bootstrap.hpp"
#include "transfer_tune/evaluation/metrics.hpp"

// What accuracies at several numbers of labels say of the numbers between and beyond. "Labels" are labelled texts per
// intent throughout.

namespace tt::evaluation {

/// One number of labels: accuracy and seconds of training of each seed.
struct CurvePoint {
  double labels = kUndefined;
  std::vector<double> accuracies;  ///< one a seed
  double seconds = kUndefined;     ///< mean over seeds
};

/// Whether a number was found between measured points, or is the end of what was measured.
enum class Reach {
  measured,   ///< between two points
  at_most,    ///< the first point is there already
  more_than,  ///< the last point is not there yet
};

/// Where a learning curve first reaches an accuracy.
struct Crossing {
  double labels = kUndefined;
  double seconds = kUndefined;  ///< of training there
  Reach reach = Reach::measured;
};

/// Mean accuracies and seconds are joined by straight lines over the logarithm of the labels. Undefined without points.
[[nodiscard]] Crossing first_reaching(std::span<const CurvePoint> curve, double accuracy);

/// Percentile bootstrap 95% interval, over seeds, of the labels that `curve` needs to match the accuracy of `to_match`:
/// each resample draws the seeds of every point anew. An end that was not measured is undefined; so are both where a
/// point has one seed alone.
[[nodiscard]] Interval first_reaching_ci95(std::span<const CurvePoint> curve, const CurvePoint& to_match,
                                           std::size_t samples, std::uint64_t seed);

/// error = a·labels^-b + c, the usual form of learning curves (Hestness et al., "Deep Learning Scaling is Predictable,
/// Empirically", 2017; Viering and Loog, "The Shape of Learning Curves: a Review", TPAMI 45, 2023).
struct PowerLaw {
  double a = kUndefined;
  double b = kUndefined;
  double c = kUndefined;

  [[nodiscard]] double accuracy(double labels) const;
  /// Infinite where no number of labels comes to that accuracy.
  [[nodiscard]] double labels_for(double accuracy) const;
};

/// Fewer points make no forecast.
inline constexpr std::size_t kFewestForecastPoints = 3;

/// A power law through a learning curve, and how far it can be trusted.
class Forecast {
 public:
  /// Least squares of relative residuals of the mean errors, a ≥ 0, 0.01 ≤ b ≤ 3, c ≥ 0; c = 0 where there are but
  /// three points. The same is fitted to each of `samples` resamples of the fitted law, to which they add what drawing
  /// every point's seeds anew changes and normal noise of the residuals' spread (points - parameters degrees of
  /// freedom). Throws `InternalError` with fewer than three points, or with labels that do not grow.
  Forecast(std::span<const CurvePoint> curve, std::size_t samples, std::uint64_t seed);

  [[nodiscard]] const PowerLaw& law() const noexcept { return law_; }
  /// 95% interval of the law's accuracy.
  [[nodiscard]] Interval accuracy_ci95(double labels) const;
  /// 95% interval of the labels for an accuracy; an undefined end stands for no such number.
  [[nodiscard]] Interval labels_ci95(double accuracy) const;

 private:
  PowerLaw law_;
  std::vector<PowerLaw> resampled_;
};

}  // namespace tt::evaluation
