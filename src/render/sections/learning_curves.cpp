#include <algorithm>
#include <cmath>

#include "render/sections/comparison.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"

namespace tt::report {
namespace {

/// How far beyond what was measured a forecast is drawn.
constexpr double kFarthestForecast = 8;

/// Training texts per intent. Where only a number of shots is known, that; all texts then stand a step beyond the rest.
double labels_at(const ComparisonReport& report, const CurvePointReport& point) {
  if (std::isfinite(point.labels) && point.labels > 0) return point.labels;
  if (point.shots) return static_cast<double>(*point.shots);
  double most = 1;
  for (const CurvePointReport& other : report.learning_curve) {
    if (other.shots) most = std::max(most, static_cast<double>(*other.shots));
  }
  return 2 * most;
}

std::string tick_label(const CurvePointReport& point) {
  if (point.shots) return std::to_string(*point.shots);
  return std::isfinite(point.labels) ? concat("all (", fixed(point.labels, point.labels < 10 ? 1 : 0), ")") : "all";
}

LineSeries measured(const ComparisonReport& report, const std::string& arm, std::size_t colour) {
  LineSeries series;
  series.name = arm;
  series.colour = colour;
  for (const CurvePointReport& point : report.learning_curve) {
    if (point.arm != arm) continue;
    const SeedFigures& figures = point.accuracy;
    LinePoint at;
    at.x = std::log2(labels_at(report, point));
    at.y = figures.mean;
    if (std::isfinite(figures.sd)) {
      at.low = std::max(0.0, figures.mean - figures.sd);
      at.high = std::min(1.0, figures.mean + figures.sd);
    }
    at.tooltip = concat(arm, ", ", tick_label(point), " per intent: ", percent(figures.mean),
                        std::isfinite(figures.sd) ? concat(" ± ", fixed(100 * figures.sd, 1)) : "");
    series.points.push_back(std::move(at));
  }
  return series;
}

/// Beyond the last measured point, from there on.
LineSeries forecast(const ForecastReport& report, const LineSeries& measured_series) {
  LineSeries series;
  series.name = report.arm;
  series.colour = measured_series.colour;
  series.dashed = true;
  series.has_marks = false;
  if (measured_series.points.empty()) return series;
  series.points.push_back(measured_series.points.back());
  series.points.back().low = series.points.back().high = series.points.back().y;
  for (const ForecastPointReport& point : report.curve) {
    if (!point.extrapolated || point.labels > kFarthestForecast * report.measured_labels) continue;
    LinePoint at;
    at.x = std::log2(point.labels);
    at.y = point.accuracy;
    at.low = point.ci95.low;
    at.high = point.ci95.high;
    series.points.push_back(at);
  }
  return series;
}

/// What was measured, and round numbers beyond where forecasts reach farther, to `highest` (a logarithm as the rest).
std::vector<Tick> ticks_of(const ComparisonReport& report, double highest) {
  std::vector<Tick> out;
  for (const CurvePointReport& point : report.learning_curve) {
    const std::string label = tick_label(point);
    const bool is_new = std::none_of(out.begin(), out.end(), [&](const Tick& tick) { return tick.label == label; });
    if (is_new) out.push_back({std::log2(labels_at(report, point)), label});
  }
  const double measured_most = out.back().value;
  for (const Tick& tick : log_ticks({std::exp2(measured_most), std::exp2(highest)}, NumberStyle::plain)) {
    if (std::log2(tick.value) > measured_most + 0.3) out.push_back({std::log2(tick.value), tick.label});
  }
  return out;
}

/// The place of an arm among the report's, which its colour and mark follow.
std::size_t arm_index(const ComparisonReport& report, const std::string& arm) {
  const auto found =
      std::find_if(report.arms.begin(), report.arms.end(), [&](const ArmReport& each) { return each.name == arm; });
  return static_cast<std::size_t>(found - report.arms.begin());
}

}  // namespace

Blocks learning_curves_section(const ComparisonReport& report) {
  Blocks out;
  if (report.learning_curve.empty()) return out;
  LineChart chart;
  std::vector<std::string> names;
  for (const CurvePointReport& point : report.learning_curve) {
    if (std::find(names.begin(), names.end(), point.arm) == names.end()) names.push_back(point.arm);
  }
  bool has_forecast = false;
  bool has_band = false;
  std::vector<double> places;
  for (const std::string& arm : names) {
    const LineSeries series = measured(report, arm, arm_index(report, arm));
    const auto found = std::find_if(report.forecasts.begin(), report.forecasts.end(),
                                    [&](const ForecastReport& each) { return each.arm == arm; });
    chart.series.push_back(series);
    if (found != report.forecasts.end()) {
      LineSeries beyond = forecast(*found, series);
      if (beyond.points.size() < 2) continue;
      chart.series.back().is_named = false;  // its name stands where the forecast ends
      chart.series.push_back(std::move(beyond));
      has_forecast = true;
    }
  }
  for (const LineSeries& series : chart.series) {
    for (const LinePoint& point : series.points) {
      places.push_back(point.x);
      has_band = has_band || (std::isfinite(point.low) && !series.dashed);
    }
  }
  chart.x_range = range_of(places);
  chart.x_ticks = ticks_of(report, chart.x_range.high);
  chart.x_title = "training texts per intent";
  chart.y_title = "accuracy";
  chart.y_style = NumberStyle::percent;
  chart.y_limits = {0, 1};
  chart.height = 340;
  chart.description = {"Learning curves",
                       "Accuracy of every arm by the number of training texts per intent; the table "
                       "below holds the figures."};
  out.figure(chart,
             concat("Accuracy on the same test texts by how many labelled texts an intent has, on a logarithmic axis.",
                    has_band ? " Bands: one standard deviation over seeds, up and down." : "",
                    has_forecast ? " Dashed: forecast by a power law, with its 95% interval." : ""));
  out.add(curve_table(report));
  return out;
}

}  // namespace tt::report
