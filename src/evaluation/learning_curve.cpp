#include "transfer_tune/evaluation/learning_curve.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <utility>

#include "evaluation/percentile.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/random.hpp"
#include "transfer_tune/core/text.hpp"

namespace tt::evaluation {
namespace {

/// Parts of a resample's key, so that the draws of one kind never shift those of another.
constexpr std::uint64_t kSeeds = 4;
constexpr std::uint64_t kResiduals = 5;
/// An error of 0 has no relative residual.
constexpr double kSmallestError = 1e-4;
constexpr double kSmallestExponent = 0.01;
constexpr double kLargestExponent = 3;

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double mean_of_redrawn(const std::vector<double>& values, RandomStream& stream) {
  double sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) sum += values[static_cast<std::size_t>(stream.below(values.size()))];
  return sum / static_cast<double>(values.size());
}

/// An end that is infinite is undefined: no such number.
Interval finite_interval(std::vector<double> figures) {
  Interval interval = percentile_interval(std::move(figures));
  if (!std::isfinite(interval.low)) interval.low = kUndefined;
  if (!std::isfinite(interval.high)) interval.high = kUndefined;
  return interval;
}

/// Where straight lines through (log labels, accuracy) first come to `accuracy`.
Crossing crossing(std::span<const CurvePoint> curve, const std::vector<double>& accuracies, double accuracy) {
  if (curve.empty()) return {};
  if (accuracies.front() >= accuracy) return {curve.front().labels, curve.front().seconds, Reach::at_most};
  for (std::size_t i = 1; i < curve.size(); ++i) {
    if (accuracies[i] < accuracy) continue;
    const double share = (accuracy - accuracies[i - 1]) / (accuracies[i] - accuracies[i - 1]);
    return {std::exp(std::lerp(std::log(curve[i - 1].labels), std::log(curve[i].labels), share)),
            std::lerp(curve[i - 1].seconds, curve[i].seconds, share), Reach::measured};
  }
  return {curve.back().labels, curve.back().seconds, Reach::more_than};
}

struct ErrorPoint {
  double labels = 0;
  double error = 0;
};

struct Fit {
  PowerLaw law;
  double squares = 0;  ///< of relative residuals
};

/// The best a and c for one exponent: non-negative least squares in two unknowns.
Fit fit_with_exponent(const std::vector<ErrorPoint>& points, double b, bool with_floor) {
  // Columns x = labels^-b and 1, right side the error, each row divided by its error.
  double xx = 0;
  double x1 = 0;
  double ones = 0;
  double xy = 0;
  double y1 = 0;
  for (const auto& [labels, error] : points) {
    const double x = std::pow(labels, -b) / error;
    const double one = 1 / error;
    xx += x * x;
    x1 += x * one;
    ones += one * one;
    xy += x;
    y1 += one;
  }
  const double determinant = xx * ones - x1 * x1;
  Fit fit{.law = {.a = xy / xx, .b = b, .c = 0}};
  if (with_floor && determinant > 0) {
    const double a = (xy * ones - y1 * x1) / determinant;
    const double c = (y1 * xx - xy * x1) / determinant;
    if (a < 0) {
      fit.law = {.a = 0, .b = b, .c = y1 / ones};
    } else if (c > 0) {
      fit.law = {.a = a, .b = b, .c = c};
    }
  }
  for (const auto& [labels, error] : points) {
    const double residual = (1 - fit.law.accuracy(labels)) / error - 1;
    fit.squares += residual * residual;
  }
  return fit;
}

/// The best exponent of a grid even in its logarithm, then golden-section search around it.
Fit fit_power_law(const std::vector<ErrorPoint>& points, bool with_floor) {
  constexpr int kSteps = 60;
  constexpr int kRefinements = 40;
  const double low = std::log(kSmallestExponent);
  const double high = std::log(kLargestExponent);
  const double step = (high - low) / kSteps;
  const auto fit_at = [&](double log_b) { return fit_with_exponent(points, std::exp(log_b), with_floor); };
  Fit best = fit_at(low);
  double place = low;
  for (int i = 1; i <= kSteps; ++i) {
    const Fit fit = fit_at(low + i * step);
    if (fit.squares < best.squares) {
      best = fit;
      place = low + i * step;
    }
  }
  double left = std::max(low, place - step);
  double right = std::min(high, place + step);
  for (int i = 0; i < kRefinements; ++i) {
    const double a = right - (right - left) / std::numbers::phi;
    const double b = left + (right - left) / std::numbers::phi;
    if (fit_at(a).squares < fit_at(b).squares) {
      right = b;
    } else {
      left = a;
    }
  }
  const Fit refined = fit_at((left + right) / 2);
  return refined.squares < best.squares ? refined : best;
}

void check(std::span<const CurvePoint> curve) {
  bool grows = curve.size() >= kFewestForecastPoints;
  for (std::size_t i = 0; grows && i < curve.size(); ++i) {
    grows = curve[i].labels > (i == 0 ? 0 : curve[i - 1].labels) && !curve[i].accuracies.empty();
  }
  if (!grows) {
    throw InternalError(concat("forecast: ", curve.size(), " points, expected ", kFewestForecastPoints,
                               " or more with growing numbers of labels and an accuracy each"));
  }
}

}  // namespace

Crossing first_reaching(std::span<const CurvePoint> curve, double accuracy) {
  std::vector<double> accuracies;
  accuracies.reserve(curve.size());
  for (const CurvePoint& point : curve) accuracies.push_back(mean_of(point.accuracies));
  return crossing(curve, accuracies, accuracy);
}

Interval first_reaching_ci95(std::span<const CurvePoint> curve, const CurvePoint& to_match, std::size_t samples,
                             std::uint64_t seed) {
  const auto has_one_seed = [](const CurvePoint& point) { return point.accuracies.size() < 2; };
  if (curve.empty() || has_one_seed(to_match) || std::any_of(curve.begin(), curve.end(), has_one_seed)) return {};
  std::vector<double> needed;
  needed.reserve(samples);
  for (std::size_t sample = 0; sample < samples; ++sample) {
    RandomStream stream(random_key(seed, RandomPurpose::bootstrap, sample, kSeeds));
    std::vector<double> accuracies;
    accuracies.reserve(curve.size());
    for (const CurvePoint& point : curve) accuracies.push_back(mean_of_redrawn(point.accuracies, stream));
    const Crossing found = crossing(curve, accuracies, mean_of_redrawn(to_match.accuracies, stream));
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    needed.push_back(found.reach == Reach::measured  ? found.labels
                     : found.reach == Reach::at_most ? -kInfinity
                                                     : kInfinity);
  }
  return finite_interval(std::move(needed));
}

double PowerLaw::accuracy(double labels) const { return 1 - (a * std::pow(labels, -b) + c); }

double PowerLaw::labels_for(double accuracy) const {
  const double above_floor = 1 - accuracy - c;
  return above_floor > 0 ? std::pow(a / above_floor, 1 / b) : std::numeric_limits<double>::infinity();
}

Forecast::Forecast(std::span<const CurvePoint> curve, std::size_t samples, std::uint64_t seed) {
  check(curve);
  const bool with_floor = curve.size() > kFewestForecastPoints;
  const auto spare = static_cast<double>(curve.size() - (with_floor ? 3 : 2));
  std::vector<ErrorPoint> points;
  points.reserve(curve.size());
  for (const CurvePoint& point : curve) {
    points.push_back({point.labels, std::max(1 - mean_of(point.accuracies), kSmallestError)});
  }
  const Fit fit = fit_power_law(points, with_floor);
  law_ = fit.law;
  const double spread = std::sqrt(fit.squares / spare);
  resampled_.reserve(samples);
  for (std::size_t sample = 0; sample < samples; ++sample) {
    RandomStream seeds(random_key(seed, RandomPurpose::bootstrap, sample, kSeeds));
    RandomStream residuals(random_key(seed, RandomPurpose::bootstrap, sample, kResiduals));
    std::vector<ErrorPoint> redrawn = points;
    for (std::size_t i = 0; i < curve.size(); ++i) {
      const double by_law = 1 - law_.accuracy(points[i].labels);
      const double by_seeds = mean_of(curve[i].accuracies) - mean_of_redrawn(curve[i].accuracies, seeds);
      const double error = by_law * (1 + spread * residuals.normal()) + by_seeds;
      redrawn[i].error = std::clamp(error, kSmallestError, 1.0);
    }
    resampled_.push_back(fit_power_law(redrawn, with_floor).law);
  }
}

Interval Forecast::accuracy_ci95(double labels) const {
  std::vector<double> figures;
  figures.reserve(resampled_.size());
  for (const PowerLaw& law : resampled_) figures.push_back(law.accuracy(labels));
  return percentile_interval(std::move(figures));
}

Interval Forecast::labels_ci95(double accuracy) const {
  std::vector<double> figures;
  figures.reserve(resampled_.size());
  for (const PowerLaw& law : resampled_) figures.push_back(law.labels_for(accuracy));
  return finite_interval(std::move(figures));
}

}  // namespace tt::evaluation
