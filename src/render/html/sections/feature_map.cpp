#include <algorithm>

#include "render/html/scatter_chart.hpp"
#include "render/html/sections/sections.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"

namespace tt::report::html {
namespace {

constexpr double kGap = 24;

/// The intents of the most frequent confusions, both sides of each, as many as can be told apart by colour and shape.
std::vector<std::string> shown_labels(const std::vector<ConfusedPairReport>& confused) {
  std::vector<std::string> labels;
  for (const ConfusedPairReport& pair : confused) {
    for (const std::string& label : {pair.label, pair.prediction}) {
      const bool is_new = std::find(labels.begin(), labels.end(), label) == labels.end();
      if (is_new && labels.size() < kSeriesColours) labels.push_back(label);
    }
  }
  return labels;
}

PointMap plane(const FeaturePlaneReport& report, const std::vector<int>& groups, const std::string& title) {
  PointMap map;
  map.title = title;
  map.x = report.x;
  map.y = report.y;
  map.groups = groups;
  map.description = {concat("Map of the features, ", title),
                     concat(percent(report.same_neighbour),
                            " of the texts have a text of the same intent nearest to "
                            "them; the plane holds ",
                            percent(report.explained), " of the features' variance.")};
  return map;
}

void add_row(std::vector<std::vector<Html>>& rows, const char* name, const FeaturePlaneReport& report) {
  rows.push_back({name, percent(report.same_neighbour), percent(report.explained)});
}

}  // namespace

Html feature_map_section(const FeatureMapReport& map, const std::vector<std::string>& labels,
                         const std::vector<ConfusedPairReport>& confused) {
  const std::vector<std::string> shown = shown_labels(confused);
  std::vector<int> groups;
  groups.reserve(map.labels.size());
  for (const std::int64_t id : map.labels) {
    const bool is_known = id >= 0 && static_cast<std::size_t>(id) < labels.size();
    const auto group =
        is_known ? std::find(shown.begin(), shown.end(), labels[static_cast<std::size_t>(id)]) : shown.end();
    groups.push_back(group == shown.end() ? -1 : static_cast<int>(group - shown.begin()));
  }
  std::vector<PointMap> planes{plane(map.before, groups, map.changed ? "before adaptation" : "as pretrained")};
  if (map.changed) planes.push_back(plane(map.after, groups, "after adaptation"));

  std::vector<LegendEntry> entries;
  entries.reserve(shown.size());
  for (std::size_t i = 0; i < shown.size(); ++i) entries.push_back({shown[i], i, i});
  const auto draw = [&](double width) {
    const Legend legend = draw_legend(entries, width);
    Html content;
    if (!entries.empty()) {
      content += svg(width, legend.height, {"Legend", concat("Marked: ", join(shown, ", "), ".")}, legend.content);
    }
    const double side = planes.size() == 1 ? std::min(width, 480.0) : width > 480 ? (width - kGap) / 2 : width;
    Html maps;
    for (const PointMap& each : planes) maps += point_map(each, side);
    return content + element("div", {{"class", "pair"}}, maps);
  };
  std::vector<std::vector<Html>> rows;
  add_row(rows, map.changed ? "before adaptation" : "as pretrained", map.before);
  if (map.changed) add_row(rows, "after adaptation", map.after);
  return paragraph(concat(
             "What the classifier's head sees of ",
             counted(static_cast<std::int64_t>(map.labels.size()), "text", "texts"),
             map.trained_on ? " (training texts: there is no test file)" : "",
             map.changed
                 ? concat(": the nearest other text has the same intent for ", percent(map.before.same_neighbour),
                          " of them before adaptation and for ", percent(map.after.same_neighbour), " after.")
                 : concat(": the encoder stayed as it was; the nearest other text has the same intent for ",
                          percent(map.before.same_neighbour), " of them."))) +
         figure(draw,
                concat("Each mark is a text, placed by the first two principal components of its features; near means "
                       "alike.",
                       shown.empty() ? "" : " In colour: the intents most often confused; grey: all others.",
                       map.changed ? " The second map is turned to fit the first." : "")) +
         table("All dimensions taken, not only the two drawn",
               {{"", false}, {"Nearest text has the same intent"}, {"Variance in the plane"}}, rows);
}

}  // namespace tt::report::html
