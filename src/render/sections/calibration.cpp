#include <algorithm>
#include <cmath>

#include "render/sections/sections.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"

namespace tt::report {
namespace {

constexpr std::size_t kPerfect = 5;

LineSeries series_of(const CalibrationFigures& figures, const std::string& title, std::size_t colour) {
  LineSeries series;
  series.name = title;
  series.colour = colour;
  for (const ReliabilityBinReport& bin : figures.bins) {
    if (bin.count == 0) continue;
    LinePoint point;
    point.x = bin.confidence;
    point.y = bin.accuracy;
    point.tooltip = concat(title, ": said ", percent(bin.confidence), ", was right ", percent(bin.accuracy), " of ",
                           counted(bin.count, "time", "times"));
    series.points.push_back(std::move(point));
  }
  return series;
}

void add_diagram(Blocks& out, const CalibrationReport& calibration) {
  LineChart chart;
  LineSeries perfect;
  perfect.name = "perfectly calibrated";
  perfect.colour = kPerfect;
  perfect.dashed = true;
  perfect.has_marks = false;
  perfect.points = {{.x = 0, .y = 0}, {.x = 1, .y = 1}};
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
  out.figure(chart,
             "Texts in bins of how sure the classifier was: on the dashed line it is right as often as it says; below, "
             "it is too sure of itself; above, not sure enough. Empty bins are left out.");
}

/// How many texts are in each bin: what the diagram's points rest on.
void add_confidences(Blocks& out, const CalibrationFigures& figures) {
  Histogram chart;
  HistogramSeries series;
  series.name = "texts";
  std::int64_t total = 0;
  for (const ReliabilityBinReport& bin : figures.bins) {
    chart.edges.push_back(bin.low);
    series.heights.push_back(static_cast<double>(bin.count));
    total += bin.count;
  }
  if (total == 0) return;
  const ReliabilityBinReport& surest = figures.bins.back();
  chart.edges.push_back(surest.high);
  chart.series = {series};
  chart.x_style = NumberStyle::percent;
  chart.x_title = "how sure the classifier is";
  chart.y_title = "texts";
  chart.description = {"Texts by how sure the classifier is",
                       concat(grouped(surest.count), " of ", grouped(total), " texts are in the surest bin.")};
  out.figure(chart, concat("How many texts each point rests on: ", grouped(surest.count), " of ", grouped(total),
                           " were answered with more than ", percent(surest.low), "."));
}

void add_figures(Blocks& out, const CalibrationFigures& before, const std::optional<CalibrationFigures>& after) {
  const auto row = [&](const char* what, double CalibrationFigures::*figure, const char* meaning) {
    std::vector<Cell> cells{what, fixed(before.*figure, 3)};
    if (after) cells.emplace_back(fixed((*after).*figure, 3));
    cells.emplace_back(meaning);
    return cells;
  };
  std::vector<Column> columns{{"", Align::left}, {after ? "Before" : "Probabilities"}};
  if (after) columns.push_back({"Calibrated"});
  columns.push_back({"Meaning", Align::left});
  out.table(
      "Calibration on the texts of the figures", columns,
      {row("calibration error", &CalibrationFigures::ece,
           "mean gap between confidence and accuracy, 15 bins; lower is better"),
       row("Brier score", &CalibrationFigures::brier, "squared error of all probabilities, 0 to 2; lower is better"),
       row("log loss", &CalibrationFigures::log_loss, "mean surprise at the true label; lower is better")});
}

void add_bins(Blocks& out, const CalibrationFigures& before, const CalibrationFigures& after) {
  Rows rows;
  for (std::size_t i = 0; i < after.bins.size() && i < before.bins.size(); ++i) {
    const ReliabilityBinReport& bin = after.bins[i];
    if (bin.count == 0 && before.bins[i].count == 0) continue;
    rows.push_back({percent(bin.low) + " to " + percent(bin.high), grouped(before.bins[i].count),
                    percent(before.bins[i].accuracy), grouped(bin.count), percent(bin.confidence),
                    percent(bin.accuracy)});
  }
  Blocks table;
  table.table("Texts by how sure the classifier is",
              {{"Largest probability", Align::left},
               {"Texts before"},
               {"of them right"},
               {"Texts calibrated"},
               {"mean probability"},
               {"of them right"}},
              rows);
  out.fold("Bins as a table", table);
}

}  // namespace

Blocks calibration_section(const RunReport& report) {
  Blocks out;
  if (!report.calibration) return out;
  const CalibrationReport& calibration = *report.calibration;
  out.paragraph(concat("Probabilities are ", report.thresholds ? "sigmoid" : "softmax", "(logits / ",
                       fixed(calibration.temperature, 3), "). ", calibration.reason));
  if (!calibration.before) return out;
  if (!report.target.test && calibration.fitted_on == HeldOutSource::out_of_fold) {
    out.paragraph("The figures below are of the texts that it was fitted on, there being no test file.");
  }
  add_diagram(out, calibration);
  const CalibrationFigures& shown = calibration.after ? *calibration.after : *calibration.before;
  add_confidences(out, shown);
  add_figures(out, *calibration.before, calibration.after);
  add_bins(out, *calibration.before, shown);
  out.add(language_temperatures(calibration));
  return out;
}

}  // namespace tt::report
