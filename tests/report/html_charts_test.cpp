#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "render/html/heat_map.hpp"
#include "render/html/histogram.hpp"
#include "render/html/line_chart.hpp"
#include "render/html/row_chart.hpp"
#include "render/html/scatter_chart.hpp"
#include "support/messages.hpp"

namespace tt::report::html {
namespace {

using tt::tests::holds;

const double kNaN = std::nan("");

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

std::vector<std::string> labels(const std::vector<Tick>& ticks) {
  std::vector<std::string> out;
  out.reserve(ticks.size());
  for (const Tick& tick : ticks) out.push_back(tick.label);
  return out;
}

/// Every chart must survive whatever figures there are, and never place anything at "nan".
void expect_sound(const Html& chart) {
  EXPECT_TRUE(chart.markup().starts_with("<svg viewBox=\"0 0 ")) << chart.markup();
  EXPECT_TRUE(holds(chart.markup(), "role=\"img\""));
  EXPECT_FALSE(holds(chart.markup(), "nan"));
  EXPECT_FALSE(holds(chart.markup(), "inf"));
}

TEST(Ticks, AreRoundNumbers) {
  using Labels = std::vector<std::string>;
  EXPECT_EQ((Labels{"0%", "20%", "40%", "60%", "80%", "100%"}), labels(ticks({0, 1}, 5, NumberStyle::percent)));
  EXPECT_EQ((Labels{"0.0", "0.5", "1.0", "1.5", "2.0", "2.5"}), labels(ticks({0, 2.6}, 5, NumberStyle::plain)));
  EXPECT_EQ((Labels{"91.5%", "92.0%", "92.5%"}), labels(ticks({0.914, 0.926}, 3, NumberStyle::percent)));
  EXPECT_EQ((Labels{"−2", "0", "+2"}), labels(ticks({-0.03, 0.03}, 3, NumberStyle::points)));
  EXPECT_EQ((Labels{"0", "2,000", "4,000"}), labels(ticks({0, 5000}, 3, NumberStyle::plain)));
  EXPECT_EQ((Labels{"5 s", "10 s", "20 s", "50 s", "100 s"}), labels(log_ticks({3, 100}, NumberStyle::seconds)));
  EXPECT_EQ((Labels{"1 s", "10 s", "100 s", "17 min"}), labels(log_ticks({1, 1000}, NumberStyle::seconds)));
}

TEST(Ticks, SurviveRangesWithoutExtent) {
  EXPECT_LE(ticks({5, 5}, 5, NumberStyle::plain).size(), 1U);
  EXPECT_LE(ticks({0, 1e308}, 5, NumberStyle::plain).size(), 10U);
  const Range range = rounded_out({0.5, 0.5}, 5);
  EXPECT_LT(range.low, 0.5);
  EXPECT_GT(range.high, 0.5);
  EXPECT_DOUBLE_EQ(0, range_of({kNaN, INFINITY}).low);
  EXPECT_DOUBLE_EQ(50, Scale({3, 3}, 0, 100)(3));
  EXPECT_DOUBLE_EQ(50, Scale({1, 100}, 0, 100, true)(10));
}

TEST(Text, IsCutToFit) {
  EXPECT_EQ("short", fitted("short", 12, 100));
  const std::string cut = fitted("a_very_long_name_of_an_intent", 12, 60);
  EXPECT_TRUE(cut.ends_with("…"));
  EXPECT_LE(text_width(cut, 12), 60);
  EXPECT_EQ("…", fitted("日本語", 12, 1));
}

LineChart lines(const std::vector<LinePoint>& points) {
  LineChart chart;
  chart.description = {"A chart", "of lines"};
  chart.series = {{.name = "first", .points = points}, {.name = "second", .points = points, .colour = 1}};
  chart.x_range = {0, 10};
  return chart;
}

TEST(LineChart, HasGapsWhereThereIsNoFigure) {
  const std::string markup = line_chart(lines({{0, 1}, {1, 2}, {2, kNaN}, {3, 2}, {4, 3}}), 736).markup();
  EXPECT_EQ(4U, count(markup, "class=\"line s")) << "two pieces of two series";
  EXPECT_EQ(8U, count(markup, "class=\"mark s"));
}

TEST(LineChart, NamesLinesAtTheirEndsOrInALegend) {
  const LineChart chart = lines({{0, 1, 0.5, 1.5}, {1, 2, 1.5, 2.5}});
  EXPECT_TRUE(holds(line_chart(chart, 736).markup(), "class=\"name s0\">first</text>"));
  const std::string narrow = line_chart(chart, 326).markup();
  EXPECT_FALSE(holds(narrow, "class=\"name"));
  EXPECT_TRUE(holds(narrow, ">first</text>"));
  EXPECT_EQ(2U, count(narrow, "class=\"area s"));
}

TEST(LineChart, SurvivesDegenerateFigures) {
  for (const double width : {736.0, 326.0}) {
    expect_sound(line_chart(LineChart{}, width));
    expect_sound(line_chart(lines({}), width));
    expect_sound(line_chart(lines({{1, 0.5, 0.4, 0.6}}), width));
    expect_sound(line_chart(lines({{1, kNaN}, {kNaN, 1}, {2, INFINITY}}), width));
    LineChart one = lines({{1, 1}, {2, 1}});
    one.x_range = {1, 1};
    expect_sound(line_chart(one, width));
  }
}

TEST(LineChart, EscapesNames) {
  LineChart chart = lines({{0, 1}});
  chart.series[0].name = "<script>\u202E";
  chart.series[0].points[0].tooltip = "\"><img>";
  const std::string markup = line_chart(chart, 736).markup();
  EXPECT_FALSE(holds(markup, "<script"));
  EXPECT_FALSE(holds(markup, "<img"));
  EXPECT_TRUE(holds(markup, "&lt;script&gt;[U+202E]"));
}

TEST(RowChart, DrawsIntervalsAndSurvivesNone) {
  RowChart chart;
  chart.rows = {{.label = "a", .value = 0.5, .interval = {0.4, 0.6}, .text = "50%"},
                {.label = "b", .value = kNaN, .text = "–"}};
  for (const double width : {736.0, 326.0}) {
    expect_sound(row_chart(RowChart{}, width));
    const Html drawn = row_chart(chart, width);
    expect_sound(drawn);
    EXPECT_EQ(1U, count(drawn.markup(), "class=\"bar"));
    EXPECT_EQ(3U, count(drawn.markup(), "class=\"error\""));
  }
  EXPECT_FALSE(holds(interval_cell(kNaN, {}).markup(), "mark"));
}

TEST(Histogram, SurvivesEmptyBins) {
  Histogram chart;
  expect_sound(histogram(chart, 736));
  chart.edges = {0, 0.5, 1};
  chart.series = {{.name = "a", .heights = {0, 0}}, {.name = "b", .heights = {kNaN, 2}, .colour = 1}};
  chart.threshold = 0.7;
  chart.threshold_label = "rejected below";
  expect_sound(histogram(chart, 326));
  EXPECT_TRUE(holds(histogram(chart, 326).markup(), "rejected below"));
  chart.threshold = 3;
  EXPECT_FALSE(holds(histogram(chart, 326).markup(), "rejected below")) << "outside of the bins";
}

TEST(ScatterChart, IsLogarithmicOverAWideRange) {
  ScatterChart chart;
  expect_sound(scatter_chart(chart, 736));
  chart.x_style = NumberStyle::seconds;
  chart.points = {{.label = "a", .x = 2, .y = 0.8, .y_interval = {0.7, 0.9}, .tooltip = ""},
                  {.label = "b", .x = 300, .y = 0.9, .tooltip = ""},
                  {.label = "c", .x = kNaN, .y = 0.9, .tooltip = ""}};
  const std::string markup = scatter_chart(chart, 736).markup();
  expect_sound(scatter_chart(chart, 736));
  EXPECT_TRUE(holds(markup, ">100 s</text>"));
  EXPECT_EQ(2U, count(markup, "class=\"name halo"));
  chart.points = {{.label = "a", .x = 0, .y = 0, .tooltip = ""}};
  expect_sound(scatter_chart(chart, 326));
}

TEST(PointMap, GroupsPointsAndSurvivesNone) {
  PointMap map;
  expect_sound(point_map(map, 300));
  map.x = {0, 1, kNaN, 1};
  map.y = {0, 1, 1, 0};
  map.groups = {-1, 0, 0, 7};
  const std::string markup = point_map(map, 300).markup();
  expect_sound(point_map(map, 300));
  EXPECT_EQ(1U, count(markup, "class=\"dots\""));
  EXPECT_EQ(2U, count(markup, "class=\"mark s"));
  map.x = map.y = {0.5, 0.5};
  expect_sound(point_map(map, 300));
}

TEST(HeatMap, NamesRowsWhereTheyCanBeRead) {
  HeatMap map;
  expect_sound(heat_map(map, 600));
  map.names = {"only"};
  map.cells = {{0, 0, 1, true, "4", "only, answered right: 4 of 4 texts"}};
  expect_sound(heat_map(map, 600));
  EXPECT_TRUE(holds(heat_map(map, 600).markup(), ">only</text>"));
  EXPECT_TRUE(holds(heat_map(map, 600).markup(), "<title>only, answered right: 4 of 4 texts</title>"));
  map.names.assign(500, "intent_with_a_name");
  map.groups = {{.first = 498, .count = 2, .label = "1"}};
  const std::string many = heat_map(map, 326).markup();
  expect_sound(heat_map(map, 326));
  EXPECT_FALSE(holds(many, ">intent_with"));
}

}  // namespace
}  // namespace tt::report::html
