#include "render/html/heat_map.hpp"

#include <algorithm>

#include "render/html/svg.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/render/printable.hpp"

namespace tt::report::html {
namespace {

constexpr double kReadable = 13;    ///< the smallest cell that a name fits beside
constexpr double kWithNumber = 20;  ///< the smallest that a number fits in
constexpr double kLargest = 48;

}  // namespace

Html heat_map(const HeatMap& map, double width) {
  const std::size_t n = std::max<std::size_t>(map.names.size(), 1);
  double names = 0;
  for (const std::string& name : map.names) names = std::max(names, text_width(printable(name), kFontSize));
  names = std::min(names, 0.36 * width) + 8;
  const double with_names = std::min((width - names) / static_cast<double>(n), kLargest);
  const bool is_named = with_names >= kReadable;
  const double left = is_named ? names : 20;
  const double top = 22;
  const double cell = is_named ? with_names : std::min((width - left - 2) / static_cast<double>(n), kLargest);
  const double side = cell * static_cast<double>(n);
  const auto at = [&](std::size_t i) { return cell * static_cast<double>(i); };

  Html out = svg_text(left, 13, concat(map.column_title, " →"), Anchor::start, "soft");
  out += svg_rect(left, top, side, side, "box");
  if (is_named) {
    for (std::size_t i = 0; i < map.names.size(); ++i) {
      out += svg_text(left - 6, top + at(i) + cell / 2 + 4, fitted(printable(map.names[i]), kFontSize, names - 8),
                      Anchor::end);
    }
  } else {
    out += element("text",
                   {{"transform", concat("translate(13 ", number(top), ") rotate(-90)")},
                    {"text-anchor", "end"},
                    {"class", "soft"}},
                   concat("← ", map.row_title));
  }
  const double gap = cell >= 8 ? 1 : 0;
  for (const HeatCell& each : map.cells) {
    const double x = left + at(each.column);
    const double y = top + at(each.row);
    const double strength = std::clamp(each.strength, 0.0, 1.0);
    Html content = empty_element("rect", {{"x", x},
                                          {"y", y},
                                          {"width", cell - gap},
                                          {"height", cell - gap},
                                          {"fill-opacity", strength},
                                          {"class", each.is_good ? "heat s0" : "heat s1"}});
    if (cell >= kWithNumber && !each.text.empty()) {
      content += svg_text(x + cell / 2, y + cell / 2 + 4, each.text, Anchor::middle, strength > 0.6 ? "on-colour" : "");
    }
    out += with_tooltip(content, each.tooltip);
  }
  double free_from = 0;
  for (const HeatGroup& group : map.groups) {
    const double from = at(group.first);
    const double extent = cell * static_cast<double>(group.count);
    out += svg_rect(left + from - 1, top + from - 1, extent + 2, extent + 2, "group");
    const double y = top + from + extent / 2 + 4;
    if (y < free_from) continue;  // on a phone numbers would stand on one another
    free_from = y + 11;
    const bool is_left = from + extent + 20 > side;
    out += svg_text(left + (is_left ? from - 5 : from + extent + 5), y, group.label,
                    is_left ? Anchor::end : Anchor::start, "halo strong");
  }
  return svg(width, top + side + 4, map.description, out);
}

}  // namespace tt::report::html
