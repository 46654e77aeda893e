#include <algorithm>
#include <cmath>

#include "render/html/row_chart.hpp"
#include "render/html/sections/sections.hpp"
#include "render/transferability_section.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"

namespace tt::report::html {
namespace {

/// The shares of the source-tuned weights that were tried.
Html shares(const KeepReport& keep) {
  if (keep.candidates.empty()) return {};
  RowChart chart;
  chart.has_bars = false;
  chart.x_style = NumberStyle::percent;
  std::vector<double> scores;
  for (const KeepCandidate& candidate : keep.candidates) {
    scores.push_back(candidate.score);
    const std::string name = candidate.share == 0 ? "none: pretrained" : concat(percent(candidate.share), " of it");
    chart.rows.push_back({.label = name,
                          .value = candidate.score,
                          .text = percent(candidate.score),
                          .is_muted = candidate.share != keep.chosen});
  }
  Range range = range_of(scores);
  const double reach = std::max(0.02, range.high - range.low);
  range = rounded_out({range.low - reach, range.high + reach}, 5);
  chart.x_range = Range{std::max(0.0, range.low), std::min(1.0, range.high)};
  chart.description = {"Probe accuracy by share of the source stage kept",
                       concat("Chosen: ", percent(keep.chosen), ".")};
  return figure(
      [&](double width) { return row_chart(chart, width); },
      "How much of the source stage's change to the weights is kept, by the cross-validated accuracy of probes on "
      "the target's training texts; in colour: what was chosen. The axis does not start at zero.");
}

Html nearest_labels(const TransferabilityReport& report) {
  const std::vector<LabelNeighboursReport> labels = nearest_first(report);
  if (labels.empty()) return {};
  std::vector<std::vector<Html>> rows;
  rows.reserve(labels.size());
  for (const LabelNeighboursReport& label : labels) {
    std::vector<Html> names;
    names.reserve(label.nearest.size());
    for (const NearLabelReport& near : label.nearest) {
      names.push_back(isolated(near.label) + concat(" ", fixed(near.cosine, 2)));
    }
    rows.push_back({isolated(label.label), joined(names, ", ")});
  }
  return folded("The source intents nearest to each target intent",
                table("Nearest source intents, by the cosine of mean features",
                      {{"Target intent", false}, {"Source intents", false}}, rows));
}

}  // namespace

Html source_section(const SourceReport& source) {
  Html out;
  if (source.cache_hit) out += paragraph("Taken from the cache: nothing that it depends on had changed.");
  out += shares(source.keep);
  if (source.transferability) out += transferability_part(*source.transferability);
  if (source.stage) {
    if (const auto& test = source.stage->test) {
      out += paragraph(concat("On its own test file the source stage reaches ", percent(test->accuracy),
                              " accuracy (95% interval ", interval_words(test->accuracy_ci95), ")."));
    }
    out += folded("What the source stage learned from", data_section(source.stage->data));
    out += folded("How it was trained", training_section(*source.stage));
  }
  if (!source.reused_labels.empty()) {
    out += paragraph(concat("Labels whose head rows were carried over: ", join(source.reused_labels, ", ")));
  }
  return out;
}

Html transferability_part(const TransferabilityReport& report) {
  std::vector<std::vector<Html>> rows{
      {"LogME", fixed(report.logme_without, 4), fixed(report.logme_with, 4), "log evidence a text; higher is better"},
      {"H-score", fixed(report.h_score_without, 2), fixed(report.h_score_with, 2),
       "0 to intents less one; higher is better"}};
  if (!std::isnan(report.leep)) {
    rows.push_back({"LEEP", "", fixed(report.leep, 3), "mean log-likelihood by the source's head; nearer 0 is better"});
  }
  if (!std::isnan(report.proxy_a_distance)) {
    rows.push_back({"Proxy A-distance", "", fixed(report.proxy_a_distance, 2),
                    concat("0: domains alike, 2: nothing in common; a linear classifier tells them apart with an error "
                           "of ",
                           percent(report.domain_error))});
  }
  const std::string source_texts =
      report.source_texts > 0 ? concat(" and ", counted(report.source_texts, "source text", "source texts")) : "";
  return element("h3", "How near the source is, before any training on the target") +
         table(concat("From ", counted(report.target_texts, "target text", "target texts"), source_texts),
               {{"Score", false}, {"Without the source"}, {"With all of it"}, {"Meaning", false}}, rows) +
         nearest_labels(report);
}

}  // namespace tt::report::html
