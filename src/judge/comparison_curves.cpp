#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "transfer_tune/evaluation/learning_curve.hpp"
#include "transfer_tune/judge/comparison.hpp"

// What learning curves say: labels and time saved beside the arm without transfer, and forecasts.

namespace tt::report {
namespace {

using evaluation::CurvePoint;

/// Beyond this many times what was measured, a forecast is no more than "out of reach".
constexpr double kFarthest = 1000;
/// How far a forecast's curve is drawn beyond what was measured: always, and at most to show where it arrives.
constexpr double kDrawnBeyond = 4;
constexpr double kDrawnAtMost = 64;
constexpr int kDrawnPoints = 24;

/// The points of an arm that have a number of labels of their own, the fewest first.
std::vector<const CurvePointReport*> points_of(const ComparisonReport& report, const std::string& arm) {
  std::vector<const CurvePointReport*> points;
  for (const CurvePointReport& point : report.learning_curve) {
    const double before = points.empty() ? 0 : points.back()->labels;
    if (point.arm == arm && point.labels > before && !point.accuracy.per_seed.empty()) points.push_back(&point);
  }
  return points;
}

CurvePoint figures_of(const CurvePointReport& point) {
  return {point.labels, point.accuracy.per_seed, point.train_seconds.mean};
}

std::vector<CurvePoint> curve_of(const ComparisonReport& report, const std::string& arm) {
  std::vector<CurvePoint> curve;
  for (const CurvePointReport* point : points_of(report, arm)) curve.push_back(figures_of(*point));
  return curve;
}

bool has_source(const ComparedArm& arm) {
  return !arm.runs.empty() && arm.runs.front().settings && !arm.runs.front().settings->source.empty();
}

/// Whether the arm's settings are known to name no source.
bool lacks_source(const ComparedArm& arm) {
  return !arm.runs.empty() && arm.runs.front().settings && arm.runs.front().settings->source.empty();
}

std::optional<std::string> baseline_of(const ComparisonReport& report, const std::vector<ComparedArm>& arms) {
  for (const bool with_source : {false, true}) {
    for (const ComparedArm& arm : arms) {
      if (!arm.runs.empty() && arm.runs.front().summary.random_weights && has_source(arm) == with_source) {
        return arm.name;
      }
    }
  }
  if (!report.source_effects.empty()) return report.source_effects.back().without;
  if (std::none_of(arms.begin(), arms.end(), has_source)) return std::nullopt;
  const ArmReport* best = nullptr;
  for (const ArmReport& arm : report.arms) {
    const auto compared =
        std::find_if(arms.begin(), arms.end(), [&](const auto& each) { return each.name == arm.name; });
    if (compared == arms.end() || !lacks_source(*compared)) continue;
    if (best == nullptr || arm.accuracy.mean > best->accuracy.mean) best = &arm;
  }
  return best == nullptr ? std::nullopt : std::optional(best->name);
}

SavingReport saving(const CurvePointReport& point, const std::vector<CurvePoint>& baseline,
                    const ComparisonReport& report) {
  SavingReport out;
  out.arm = point.arm;
  out.shots = point.shots;
  out.accuracy = point.accuracy.mean;
  out.labels = point.labels;
  out.seconds = point.train_seconds.mean;
  const evaluation::Crossing needed = evaluation::first_reaching(baseline, out.accuracy);
  out.needed_labels = needed.labels;
  out.needed_labels_ci95 = evaluation::first_reaching_ci95(
      baseline, figures_of(point), static_cast<std::size_t>(report.bootstrap_samples), report.seed);
  out.labels_saved = needed.labels - out.labels;
  out.needed_seconds = needed.seconds;
  out.time_saved = needed.seconds - out.seconds;
  out.reach = needed.reach;
  return out;
}

/// Halves the errors of the arm that is most accurate on its most texts; undefined without any.
double default_target(const ComparisonReport& report) {
  double best = evaluation::kUndefined;
  for (const ArmReport& arm : report.arms) {
    const auto points = points_of(report, arm.name);
    if (!points.empty()) best = std::fmax(best, points.back()->accuracy.mean);
  }
  return 1 - (1 - best) / 2;
}

/// What the points before the last one would have forecast for it.
std::optional<ForecastCheckReport> check_of(const std::vector<CurvePoint>& curve, std::size_t samples,
                                            std::uint64_t seed) {
  if (curve.size() <= evaluation::kFewestForecastPoints) return std::nullopt;
  const evaluation::Forecast forecast(std::span<const CurvePoint>(curve).first(curve.size() - 1), samples, seed);
  const CurvePoint& last = curve.back();
  ForecastCheckReport check;
  check.labels = last.labels;
  check.forecast = forecast.law().accuracy(last.labels);
  check.ci95 = forecast.accuracy_ci95(last.labels);
  check.measured = std::accumulate(last.accuracies.begin(), last.accuracies.end(), 0.0) /
                   static_cast<double>(last.accuracies.size());
  return check;
}

ForecastReport forecast_of(const std::string& arm, const std::vector<CurvePoint>& curve, double target,
                           std::size_t samples, std::uint64_t seed) {
  const evaluation::Forecast forecast(curve, samples, seed);
  const double first = curve.front().labels;
  const double last = curve.back().labels;
  const auto within_reach = [&](double labels) { return labels <= kFarthest * last ? labels : evaluation::kUndefined; };
  ForecastReport out;
  out.arm = arm;
  out.points = static_cast<std::int64_t>(curve.size());
  out.a = forecast.law().a;
  out.b = forecast.law().b;
  out.c = forecast.law().c;
  out.target_accuracy = target;
  out.labels = within_reach(forecast.law().labels_for(target));
  out.labels_ci95 = forecast.labels_ci95(target);
  out.labels_ci95.low = within_reach(out.labels_ci95.low);
  out.labels_ci95.high = within_reach(out.labels_ci95.high);
  out.extrapolated = !(out.labels >= first && out.labels <= last);
  out.measured_labels = last;
  const double wanted = std::isnan(out.labels) ? 0 : std::min(1.2 * out.labels, kDrawnAtMost * last);
  const double end = std::max(kDrawnBeyond * last, wanted);
  out.curve.reserve(kDrawnPoints);
  for (int i = 0; i < kDrawnPoints; ++i) {
    const double labels = first * std::pow(end / first, static_cast<double>(i) / (kDrawnPoints - 1));
    out.curve.push_back({labels, forecast.law().accuracy(labels), forecast.accuracy_ci95(labels), labels > last});
  }
  out.check = check_of(curve, samples, seed);
  return out;
}

}  // namespace

void add_curve_findings(ComparisonReport& report, const std::vector<ComparedArm>& arms, const CurveOptions& options) {
  if (report.learning_curve.empty()) return;
  report.baseline_arm = options.baseline_arm ? options.baseline_arm : baseline_of(report, arms);
  if (report.baseline_arm) {
    const std::vector<CurvePoint> baseline = curve_of(report, *report.baseline_arm);
    for (const CurvePointReport& point : report.learning_curve) {
      if (point.arm == *report.baseline_arm || baseline.empty() || !std::isfinite(point.labels)) continue;
      report.savings.push_back(saving(point, baseline, report));
    }
  }
  const double target = options.target_accuracy.value_or(default_target(report));
  for (const ArmReport& arm : report.arms) {
    const std::vector<CurvePoint> curve = curve_of(report, arm.name);
    if (curve.size() < evaluation::kFewestForecastPoints || std::isnan(target)) continue;
    report.forecasts.push_back(
        forecast_of(arm.name, curve, target, static_cast<std::size_t>(report.bootstrap_samples), report.seed));
  }
}

}  // namespace tt::report
