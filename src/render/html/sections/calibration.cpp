#include <algorithm>
#include <cmath>

#include "render/html/histogram.hpp"
#include "render/html/line_chart.hpp"
#include "render/html/sections/sections.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"

namespace tt::report::html {
namespace {

constexpr std::size_t kPerfect = 5;

LineSeries series_of(const CalibrationFigures& figures, const std::string& name, std::size_t colour) {
  LineSeries series;
  series.name = name;
  series.colour = colour;
  for (const ReliabilityBinReport& bin : figures.bins) {
    if (bin.count == 0) continue;
    LinePoint point;
    point.x = bin.confidence;
    point.y = bin.accuracy;
    point.tooltip = concat(name, ": said ", percent(bin.confidence), ", was right ", percent(bin.accuracy), " of ",
                           counted(bin.count, "time", "times"));
    series.points.push_back(std::move(point));
  }
  return series;
}

Html diagram(const CalibrationReport& calibration) {
  LineChart chart;
  LineSeries perfect;
  perfect.name = "perfectly calibrated";
  perfect.colour = kPerfect;
  perfect.dashed = true;
  perfect.has_marks = false;
  for (const double x : {0.0, 1.0}) {
    LinePoint point;
    point.x = x;
    point.y = x;
    perfect.points.push_back(point);
  }
  chart.series = {perfect};
  chart.series.push_back(series_of(*calibration.before, calibration.after ? "uncalibrated" : "probabilities", 1));
  if (calibration.after) chart.series.push_back(series_of(*calibration.after, "calibrated", 0));
  chart.x_title = "how sure the classifier is";
  chart.y_title = "how often it is right";
  chart.x_range = {0, 1};
  chart.x_ticks = ticks({0, 1}, 5, NumberStyle::percent);
  chart.y_style = NumberStyle::percent;
  chart.y_limits = {0, 1};
  chart.height = 330;
  chart.description = {
      "Reliability diagram",
      concat("Calibration error ", fixed(calibration.before->ece, 3),
             calibration.after ? concat(" before and ", fixed(calibration.after->ece, 3), " after temperature scaling")
                               : "",
             ".")};
  return figure(
      [&](double width) { return line_chart(chart, width); },
      "Texts in bins of how sure the classifier was: on the dashed line it is right as often as it says; below, "
      "it is too sure of itself; above, not sure enough. Empty bins are left out.");
}

/// How many texts are in each bin: what the diagram's points rest on.
Html confidences(const CalibrationFigures& figures) {
  Histogram chart;
  HistogramSeries series;
  series.name = "texts";
  std::int64_t total = 0;
  for (const ReliabilityBinReport& bin : figures.bins) {
    chart.edges.push_back(bin.low);
    series.heights.push_back(static_cast<double>(bin.count));
    total += bin.count;
  }
  if (total == 0) return {};
  chart.edges.push_back(figures.bins.back().high);
  const std::int64_t surest = figures.bins.back().count;
  chart.series = {series};
  chart.x_style = NumberStyle::percent;
  chart.x_title = "how sure the classifier is";
  chart.y_title = "texts";
  chart.description = {"Texts by how sure the classifier is",
                       concat(grouped(surest), " of ", grouped(total), " texts are in the surest bin.")};
  return figure([&](double width) { return histogram(chart, width); },
                concat("How many texts each point rests on: ", grouped(surest), " of ", grouped(total),
                       " were answered with more than ", percent(figures.bins.back().low), "."));
}

void add_row(std::vector<std::vector<Html>>& rows, const char* name, const std::optional<CalibrationFigures>& figures) {
  if (!figures) return;
  rows.push_back({name, fixed(figures->ece, 4), fixed(figures->brier, 4), fixed(figures->log_loss, 4)});
}

Html bins_table(const CalibrationFigures& figures) {
  std::vector<std::vector<Html>> rows;
  for (const ReliabilityBinReport& bin : figures.bins) {
    rows.push_back({concat(percent(bin.low), " – ", percent(bin.high)), percent(bin.confidence), percent(bin.accuracy),
                    grouped(bin.count)});
  }
  return folded("Bins as a table",
                table("Texts by how sure the classifier is",
                      {{"Largest probability", false}, {"Mean"}, {"Answered right"}, {"Texts"}}, rows));
}

}  // namespace

Html calibration_section(const CalibrationReport& calibration) {
  if (!calibration.before) return {};
  std::vector<std::vector<Html>> rows;
  add_row(rows, calibration.after ? "before" : "probabilities", calibration.before);
  add_row(rows, "after temperature scaling", calibration.after);
  const CalibrationFigures& shown = calibration.after ? *calibration.after : *calibration.before;
  return paragraph(concat("Temperature ", fixed(calibration.temperature, 3), ". ", calibration.reason)) +
         diagram(calibration) + confidences(shown) +
         table("Calibration on the texts of the figures; lower is better",
               {{"", false}, {"Calibration error"}, {"Brier score"}, {"Log loss"}}, rows) +
         bins_table(shown);
}

}  // namespace tt::report::html
