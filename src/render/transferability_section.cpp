#include "render/transferability_section.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"

namespace tt::report {
namespace {

constexpr std::size_t kListedLabels = 20;

std::string texts_behind(const TransferabilityReport& report) {
  std::string text =
      concat("Before the target trained, on ", counted(report.target_texts, "text", "texts"), " of its training file");
  if (report.source_texts > 0) text += concat(" and ", grouped(report.source_texts), " of the source's");
  return text + ":";
}

void add_scores(Markdown& out, const TransferabilityReport& report) {
  std::vector<std::vector<Inline>> rows{
      {"LogME (higher is better)", fixed(report.logme_without, 4), fixed(report.logme_with, 4)},
      {"H-score (higher is better)", fixed(report.h_score_without, 2), fixed(report.h_score_with, 2)}};
  if (!std::isnan(report.leep)) rows.push_back({"LEEP (at most 0)", "", fixed(report.leep, 3)});
  out.table({{"Score", Align::left}, {"Without the source"}, {"With all of it"}}, rows);
  if (std::isnan(report.proxy_a_distance)) return;
  out.paragraph(concat("Proxy A-distance between the domains' texts: ", fixed(report.proxy_a_distance, 2),
                       " of 2 (a linear classifier tells them apart with an error of ", percent(report.domain_error),
                       "; 0 would be domains alike)."));
}

void add_nearest(Markdown& out, const TransferabilityReport& report) {
  const std::vector<LabelNeighboursReport> labels = nearest_first(report);
  if (labels.empty()) return;
  const std::size_t listed = std::min(labels.size(), kListedLabels);
  std::vector<std::vector<Inline>> rows;
  rows.reserve(listed);
  for (std::size_t i = 0; i < listed; ++i) {
    std::vector<std::string> near;
    for (const NearLabelReport& label : labels[i].nearest) {
      near.push_back(concat(label.label, " (", fixed(label.cosine, 2), ")"));
    }
    rows.push_back({labels[i].label, join(near, ", ")});
  }
  out.table({{"Target label", Align::left}, {"Nearest source labels (cosine of mean features)", Align::left}}, rows);
  if (listed < labels.size()) {
    out.paragraph(concat(grouped(static_cast<std::int64_t>(labels.size() - listed)),
                         " labels that are farther from the source are in report.json."));
  }
}

}  // namespace

std::vector<LabelNeighboursReport> nearest_first(const TransferabilityReport& report) {
  std::vector<LabelNeighboursReport> labels = report.nearest_labels;
  std::erase_if(labels, [](const LabelNeighboursReport& label) { return label.nearest.empty(); });
  std::stable_sort(labels.begin(), labels.end(),
                   [](const auto& a, const auto& b) { return a.nearest.front().cosine > b.nearest.front().cosine; });
  return labels;
}

void add_transferability(Markdown& out, const TransferabilityReport& report) {
  out.heading(3, "How near the source is");
  out.paragraph(texts_behind(report));
  add_scores(out, report);
  add_nearest(out, report);
}

}  // namespace tt::report
