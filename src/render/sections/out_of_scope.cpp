#include <algorithm>
#include <cmath>

#include "render/sections/sections.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"

namespace tt::report {
namespace {

struct ScoreWords {
  const char* name;
  const char* meaning;
};

/// What JSON calls max_probability, energy, mahalanobis and knn.
ScoreWords words_of(evaluation::ScopeScore score) {
  switch (score) {
    case evaluation::ScopeScore::max_probability:
      return {"largest probability", "calibrated"};
    case evaluation::ScopeScore::energy:
      return {"energy", "logarithm of the sum of exponentials of the logits"};
    case evaluation::ScopeScore::mahalanobis:
      return {"Mahalanobis distance",
              "minus the squared distance to the nearest label's mean feature vector, by the features' spread"};
    case evaluation::ScopeScore::knn:
      return {"nearest neighbours", "cosine similarity to a near training text's feature vector"};
  }
  return {"", ""};
}

void add_sentences(Blocks& out, const OutOfScopeReport& report) {
  out.paragraph(report.reason);
  if (!std::isnan(report.threshold)) {
    const ScoreWords words = words_of(report.score);
    out.paragraph("Texts whose " + strong(words.name) +
                  concat(" (", words.meaning, ") is below ", significant(report.threshold),
                         " are taken to be none of the labels' (") +
                  code("predict --reject") + ").");
  }
  if (report.test_in_scope == 0) return;
  const ScopeScoreReport& chosen = chosen_score(report);
  out.paragraph(concat("On the test file, ", percent(chosen.in_scope_kept), " of ",
                       counted(report.test_in_scope, "text", "texts"), " in scope are kept",
                       report.test_out_of_scope > 0
                           ? concat(" and ", percent(chosen.out_of_scope_recall), " of ",
                                    counted(report.test_out_of_scope, "text", "texts"), " out of scope rejected.")
                           : std::string(".")));
}

void add_tiles(Blocks& out, const OutOfScopeReport& report) {
  if (report.test_out_of_scope == 0) return;
  const ScopeScoreReport& chosen = chosen_score(report);
  out.tiles({{"Out of scope found", percent(chosen.out_of_scope_recall),
              concat("of ", counted(report.test_out_of_scope, "text", "texts"))},
             {"In scope kept and right", percent(chosen.in_scope_accuracy),
              concat("of ", counted(report.test_in_scope, "text", "texts"))},
             {"AUROC", fixed(chosen.auroc, 3), "1 tells all apart, 0.5 none"}});
}

void add_distribution(Blocks& out, const OutOfScopeReport& report) {
  if (report.histogram.empty()) return;
  Histogram chart;
  HistogramSeries inside{.name = "in scope", .heights = {}, .colour = 0};
  HistogramSeries outside{.name = "out of scope", .heights = {}, .colour = 1};
  Rows rows;
  const auto share = [](std::int64_t count, std::int64_t all) {
    return all > 0 ? static_cast<double>(count) / static_cast<double>(all) : 0.0;
  };
  for (const ScopeBinReport& bin : report.histogram) {
    chart.edges.push_back(bin.low);
    inside.heights.push_back(share(bin.in_scope, report.test_in_scope));
    outside.heights.push_back(share(bin.out_of_scope, report.test_out_of_scope));
    if (bin.in_scope + bin.out_of_scope == 0) continue;
    rows.push_back({concat(significant(bin.low), " to ", significant(bin.high)), grouped(bin.in_scope),
                    grouped(bin.out_of_scope)});
  }
  chart.edges.push_back(report.histogram.back().high);
  if (report.test_in_scope > 0) chart.series.push_back(inside);
  if (report.test_out_of_scope > 0) chart.series.push_back(outside);
  chart.x_title = concat(words_of(report.score).name, ": the higher, the more in scope");
  chart.y_title = "share of the texts of each kind";
  chart.y_style = NumberStyle::percent;
  if (std::isfinite(report.threshold)) {
    chart.threshold = report.threshold;
    chart.threshold_label = "rejected below";
  }
  chart.description = {"Scores of texts in and out of scope",
                       concat("Threshold ", significant(report.threshold), "; the table below holds the figures.")};
  const bool has_both = report.test_in_scope > 0 && report.test_out_of_scope > 0;
  out.figure(chart, concat("Test texts by score",
                           has_both ? "; the less the two overlap, the better they can be told apart." : "."));
  Blocks table;
  table.table("Test texts by score", {{"Score", Align::left}, {"In scope"}, {"Out of scope"}}, rows);
  out.fold("Bins as a table", table);
}

void add_scores(Blocks& out, const OutOfScopeReport& report) {
  if (report.scores.empty()) return;
  Rows rows;
  for (const ScopeScoreReport& score : report.scores) {
    const Inline title = words_of(score.score).name;
    rows.push_back({score.score == report.score ? strong(title) : title, fixed(score.validation_auroc, 3),
                    fixed(score.auroc, 3), fixed(score.aupr, 3), percent(score.fpr_at_95_recall),
                    percent(score.out_of_scope_recall), percent(score.in_scope_kept), percent(score.in_scope_accuracy),
                    significant(score.threshold)});
  }
  out.table(concat("Every score on the test texts, the chosen one in bold",
                   report.chosen_on == HeldOutSource::none ? "" : "; thresholds were chosen on held-out texts"),
            {{"Score", Align::left},
             {"AUROC held out"},
             {"AUROC"},
             {"AUPR"},
             {"Lost at 95% found"},
             {"Rejected out of scope"},
             {"Kept in scope"},
             {"Kept and right"},
             {"Threshold"}},
            rows);
}

void add_accepted(Blocks& out, const OutOfScopeReport& report) {
  if (report.accepted.empty()) return;
  Rows rows;
  for (const AcceptedTextReport& accepted : report.accepted) {
    rows.push_back({quotation(accepted.text), name(accepted.prediction), significant(accepted.score)});
  }
  out.paragraph("Out-of-scope texts that the chosen score lets through, the most in-scope-looking first:");
  Blocks table;
  table.table("Out-of-scope texts that were answered all the same",
              {{"Text", Align::left}, {"taken for", Align::left}, {"Score"}}, rows);
  out.fold("These texts", table);
}

}  // namespace

Blocks out_of_scope_section(const OutOfScopeReport& report) {
  Blocks out;
  add_sentences(out, report);
  add_tiles(out, report);
  add_distribution(out, report);
  add_scores(out, report);
  add_accepted(out, report);
  out.add(language_thresholds(report));
  return out;
}

}  // namespace tt::report
