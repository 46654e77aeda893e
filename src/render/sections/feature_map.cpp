#include <algorithm>

#include "render/sections/sections.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"

namespace tt::report {
namespace {

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

/// The place of each text's label among `shown`; -1 for others.
std::vector<int> groups_of(const FeatureMapReport& map, const std::vector<std::string>& labels,
                           const std::vector<std::string>& shown) {
  std::vector<int> groups;
  groups.reserve(map.labels.size());
  for (const std::int64_t id : map.labels) {
    const bool is_known = id >= 0 && static_cast<std::size_t>(id) < labels.size();
    const auto group =
        is_known ? std::find(shown.begin(), shown.end(), labels[static_cast<std::size_t>(id)]) : shown.end();
    groups.push_back(group == shown.end() ? -1 : static_cast<int>(group - shown.begin()));
  }
  return groups;
}

void add_plane(PointMaps& maps, Rows& rows, const FeaturePlaneReport& report, const std::vector<int>& groups,
               const std::string& title) {
  const std::string near = percent(report.same_neighbour);
  const std::string explained = percent(report.explained);
  maps.maps.push_back({.description = {concat("Map of the features, ", title),
                                       concat(near,
                                              " of the texts have a text of the same intent nearest to them; the "
                                              "plane holds ",
                                              explained, " of the features' variance.")},
                       .title = title,
                       .x = report.x,
                       .y = report.y,
                       .groups = groups});
  rows.push_back({title, near, explained});
}

}  // namespace

Blocks feature_map_section(const FeatureMapReport& map, const std::vector<std::string>& labels,
                           const std::vector<ConfusedPairReport>& confused) {
  PointMaps maps{shown_labels(confused), {}};
  const std::vector<int> groups = groups_of(map, labels, maps.groups);
  Rows rows;
  add_plane(maps, rows, map.before, groups, map.changed ? "before adaptation" : "as pretrained");
  if (map.changed) add_plane(maps, rows, map.after, groups, "after adaptation");
  const bool is_marked = !maps.groups.empty();
  const std::string before = percent(map.before.same_neighbour);
  Blocks out;
  out.paragraph(concat(
      "What the classifier's head sees of ", counted(static_cast<std::int64_t>(map.labels.size()), "text", "texts"),
      map.trained_on ? " (training texts: there is no test file)" : "",
      map.changed ? concat(": the nearest other text has the same intent for ", before,
                           " of them before adaptation and for ", percent(map.after.same_neighbour), " after.")
                  : concat(": the encoder stayed as it was; the nearest other text has the same intent for ", before,
                           " of them.")));
  out.figure(std::move(maps),
             concat("Each mark is a text, placed by the first two principal components of its features; near means "
                    "alike.",
                    is_marked ? " In colour: the intents most often confused; grey: all others." : "",
                    map.changed ? " The second map is turned to fit the first." : ""));
  out.table("All dimensions taken, not only the two drawn",
            {{"", Align::left}, {"Nearest text has the same intent"}, {"Variance in the plane"}}, rows);
  return out;
}

}  // namespace tt::report
