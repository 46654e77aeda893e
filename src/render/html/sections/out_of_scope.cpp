#include <algorithm>
#include <cmath>

#include "render/html/histogram.hpp"
#include "render/html/sections/sections.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"

namespace tt::report::html {
namespace {

std::string name_of(evaluation::ScopeScore score) {
  switch (score) {
    case evaluation::ScopeScore::max_probability:
      return "largest probability";
    case evaluation::ScopeScore::energy:
      return "energy";
    case evaluation::ScopeScore::mahalanobis:
      return "Mahalanobis distance";
    case evaluation::ScopeScore::knn:
      return "nearest neighbours";
  }
  return "";
}

Html distribution(const OutOfScopeReport& report) {
  const bool has_both = report.test_in_scope > 0 && report.test_out_of_scope > 0;
  if (report.histogram.empty()) return {};
  Histogram chart;
  HistogramSeries inside{.name = "in scope", .heights = {}, .colour = 0};
  HistogramSeries outside{.name = "out of scope", .heights = {}, .colour = 1};
  const auto share = [](std::int64_t count, std::int64_t all) {
    return all > 0 ? static_cast<double>(count) / static_cast<double>(all) : 0.0;
  };
  for (const ScopeBinReport& bin : report.histogram) {
    chart.edges.push_back(bin.low);
    inside.heights.push_back(share(bin.in_scope, report.test_in_scope));
    outside.heights.push_back(share(bin.out_of_scope, report.test_out_of_scope));
  }
  chart.edges.push_back(report.histogram.back().high);
  if (report.test_in_scope > 0) chart.series.push_back(inside);
  if (report.test_out_of_scope > 0) chart.series.push_back(outside);
  chart.x_title = concat(name_of(report.score), ": the higher, the more in scope");
  chart.y_title = "share of the texts of each kind";
  chart.y_style = NumberStyle::percent;
  if (std::isfinite(report.threshold)) {
    chart.threshold = report.threshold;
    chart.threshold_label = "rejected below";
  }
  chart.description = {"Scores of texts in and out of scope",
                       concat("Threshold ", significant(report.threshold), "; the table below holds the figures.")};
  std::vector<std::vector<Html>> rows;
  for (const ScopeBinReport& bin : report.histogram) {
    rows.push_back({concat(significant(bin.low), " to ", significant(bin.high)), grouped(bin.in_scope),
                    grouped(bin.out_of_scope)});
  }
  return figure([&](double width) { return histogram(chart, width); },
                concat("Test texts by score",
                       has_both ? "; the less the two overlap, the better they can be told apart." : ".")) +
         folded("Bins as a table",
                table("Test texts by score", {{"Score", false}, {"In scope"}, {"Out of scope"}}, rows));
}

Html scores_table(const OutOfScopeReport& report) {
  std::vector<std::vector<Html>> rows;
  for (const ScopeScoreReport& score : report.scores) {
    const std::string name = name_of(score.score);
    rows.push_back({score.score == report.score ? strong(concat(name, ", chosen")) : Html(name),
                    fixed(score.validation_auroc, 3), fixed(score.auroc, 3), fixed(score.aupr, 3),
                    percent(score.fpr_at_95_recall), significant(score.threshold), percent(score.in_scope_kept),
                    percent(score.in_scope_accuracy), percent(score.out_of_scope_recall)});
  }
  return table(concat("Every score on the test texts",
                      report.chosen_on == HeldOutSource::none ? "" : "; its threshold was chosen on held-out texts"),
               {{"Score", false},
                {"AUROC, held out"},
                {"AUROC"},
                {"AUPR"},
                {"In scope lost at 95% found"},
                {"Threshold"},
                {"In scope kept"},
                {"kept and right"},
                {"Out of scope found"}},
               rows);
}

}  // namespace

Html out_of_scope_section(const OutOfScopeReport& report) {
  Html out = paragraph(report.reason);
  const auto chosen = std::find_if(report.scores.begin(), report.scores.end(),
                                   [&](const ScopeScoreReport& each) { return each.score == report.score; });
  if (chosen != report.scores.end() && report.test_out_of_scope > 0) {
    out += tiles({{"Out of scope found", percent(chosen->out_of_scope_recall),
                   concat("of ", counted(report.test_out_of_scope, "text", "texts"))},
                  {"In scope kept and right", percent(chosen->in_scope_accuracy),
                   concat("of ", counted(report.test_in_scope, "text", "texts"))},
                  {"AUROC", fixed(chosen->auroc, 3), "1 tells all apart, 0.5 none"}});
  }
  out += distribution(report);
  if (!report.scores.empty()) out += scores_table(report);
  if (report.accepted.empty()) return out;
  std::vector<std::vector<Html>> rows;
  for (const AcceptedTextReport& text : report.accepted) {
    rows.push_back({quotation(text.text), isolated(text.prediction), significant(text.score)});
  }
  return out +
         folded("Out-of-scope texts that were answered all the same",
                table("The most in-scope-looking first", {{"Text", false}, {"Answered as", false}, {"Score"}}, rows));
}

}  // namespace tt::report::html
