#include <algorithm>
#include <cmath>

#include "render/sections/sections.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"

namespace tt::report {
namespace {

constexpr std::size_t kListedLabels = 20;

/// The shares of the source-tuned weights that were tried.
void add_shares(Blocks& out, const KeepReport& keep) {
  if (keep.candidates.empty()) return;
  RowChart chart;
  chart.has_bars = false;
  chart.x_style = NumberStyle::percent;
  std::vector<double> scores;
  Rows rows;
  for (const KeepCandidate& candidate : keep.candidates) {
    const bool is_chosen = candidate.share == keep.chosen;
    scores.push_back(candidate.score);
    chart.rows.push_back(
        {.label = candidate.share == 0 ? "none: pretrained" : concat(percent(candidate.share), " of it"),
         .value = candidate.score,
         .text = percent(candidate.score),
         .is_muted = !is_chosen});
    const Inline share = percent(candidate.share);
    rows.push_back({is_chosen ? strong(share) : share, percent(candidate.score)});
  }
  Range range = range_of(scores);
  const double reach = std::max(0.02, range.high - range.low);
  range = rounded_out({range.low - reach, range.high + reach}, 5);
  chart.x_range = Range{std::max(0.0, range.low), std::min(1.0, range.high)};
  chart.description = {"Probe accuracy by share of the source stage kept",
                       concat("Chosen: ", percent(keep.chosen), ".")};
  out.heading(3, "How much of it was kept");
  out.figure(chart,
             "How much of the source stage's change to the weights is kept, by the cross-validated accuracy of probes "
             "on the target's training texts; in colour: what was chosen. The axis does not start at zero.");
  out.table("Probe accuracy by share kept",
            {{"Share of the source-tuned weights"}, {"Cross-validated probe accuracy on the target"}}, rows);
}

/// Those that have neighbours, the target labels that the source comes nearest to first.
std::vector<LabelNeighboursReport> nearest_first(const TransferabilityReport& report) {
  std::vector<LabelNeighboursReport> labels = report.nearest_labels;
  std::erase_if(labels, [](const LabelNeighboursReport& label) { return label.nearest.empty(); });
  std::stable_sort(labels.begin(), labels.end(),
                   [](const auto& a, const auto& b) { return a.nearest.front().cosine > b.nearest.front().cosine; });
  return labels;
}

void add_nearest(Blocks& out, const TransferabilityReport& report) {
  const std::vector<LabelNeighboursReport> labels = nearest_first(report);
  if (labels.empty()) return;
  const std::size_t listed = std::min(labels.size(), kListedLabels);
  Rows rows;
  rows.reserve(listed);
  for (std::size_t i = 0; i < listed; ++i) {
    std::vector<Inline> near;
    for (const NearLabelReport& label : labels[i].nearest) {
      near.push_back(name(label.label) + concat(" (", fixed(label.cosine, 2), ")"));
    }
    rows.push_back({name(labels[i].label), joined(near, ", ")});
  }
  Blocks table;
  table.table("Nearest source labels, by the cosine of mean features",
              {{"Target label", Align::left}, {"Nearest source labels (cosine of mean features)", Align::left}}, rows);
  if (listed < labels.size()) {
    table.paragraph(concat(grouped(static_cast<std::int64_t>(labels.size() - listed)),
                           " labels that are farther from the source are in report.json."),
                    Paragraph::Role::note);
  }
  out.fold("The source labels nearest to each target label", table);
}

void add_transferability(Blocks& out, const TransferabilityReport& report) {
  out.heading(3, "How near the source is");
  out.paragraph(
      concat("Before the target trained, on ", counted(report.target_texts, "text", "texts"), " of its training file",
             report.source_texts > 0 ? concat(" and ", grouped(report.source_texts), " of the source's") : "", ":"));
  Rows rows{
      {"LogME", fixed(report.logme_without, 4), fixed(report.logme_with, 4), "log evidence a text; higher is better"},
      {"H-score", fixed(report.h_score_without, 2), fixed(report.h_score_with, 2),
       "0 to intents less one; higher is better"}};
  if (!std::isnan(report.leep)) {
    rows.push_back({"LEEP", "", fixed(report.leep, 3), "mean log-likelihood by the source's head; nearer 0 is better"});
  }
  out.table("Scores of the source",
            {{"Score", Align::left}, {"Without the source"}, {"With all of it"}, {"Meaning", Align::left}}, rows);
  if (!std::isnan(report.proxy_a_distance)) {
    out.paragraph(concat("Proxy A-distance between the domains' texts: ", fixed(report.proxy_a_distance, 2),
                         " of 2 (a linear classifier tells them apart with an error of ", percent(report.domain_error),
                         "; 0 would be domains alike)."));
  }
  add_nearest(out, report);
}

}  // namespace

Blocks source_section(const SourceReport& source) {
  Blocks out;
  if (source.cache_hit) out.paragraph("Taken from the cache: nothing that it depends on had changed.");
  out.paragraph("Weights: " + name(source.checkpoint));
  if (!source.reused_labels.empty()) {
    const std::vector<std::string>& labels = source.reused_labels;
    std::vector<Inline> names;
    names.reserve(labels.size());
    for (const std::string& label : labels) names.push_back(name(label));
    out.paragraph("Labels whose head rows were carried over: " + joined(names, ", "));
  }
  if (source.stage) {
    if (const auto& test = source.stage->test) {
      out.paragraph(concat("On its own test file: ", percent(test->accuracy), " accuracy (95% interval ",
                           interval_words(test->accuracy_ci95), "), macro F1 ", fixed(test->macro.f1, 3), "."));
    }
    out.fold("What the source stage learned from", data_section(source.stage->data));
    out.fold("How it was trained", training_section(*source.stage));
  }
  if (source.transferability) add_transferability(out, *source.transferability);
  add_shares(out, source.keep);
  return out;
}

}  // namespace tt::report
