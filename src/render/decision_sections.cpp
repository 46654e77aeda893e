#include "render/decision_sections.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/format.hpp"

namespace tt::report {
namespace {

constexpr std::size_t kTextLimit = 160;
constexpr std::size_t kShownTexts = 10;

/// What a score's name does not say.
const char* meaning_of(evaluation::ScopeScore score) {
  switch (score) {
    case evaluation::ScopeScore::max_probability:
      return "the largest probability, calibrated";
    case evaluation::ScopeScore::energy:
      return "logarithm of the sum of exponentials of the logits";
    case evaluation::ScopeScore::mahalanobis:
      return "minus the squared distance to the nearest label's mean feature vector, by the features' spread";
    case evaluation::ScopeScore::knn:
      return "cosine similarity to a near training text's feature vector";
  }
  return "";
}

std::vector<Inline> figure_row(const char* name, double before, double after, const char* meaning) {
  return {name, fixed(before, 3), fixed(after, 3), meaning};
}

void add_bins(Markdown& out, const CalibrationFigures& before, const CalibrationFigures& after) {
  std::vector<std::vector<Inline>> rows;
  for (std::size_t i = 0; i < after.bins.size() && i < before.bins.size(); ++i) {
    const ReliabilityBinReport& bin = after.bins[i];
    if (bin.count == 0 && before.bins[i].count == 0) continue;
    rows.push_back({percent(bin.low) + " to " + percent(bin.high), grouped(before.bins[i].count),
                    percent(before.bins[i].accuracy), grouped(bin.count), percent(bin.confidence),
                    percent(bin.accuracy)});
  }
  out.table({{"Largest probability", Align::left},
             {"Texts before"},
             {"of them right"},
             {"Texts calibrated"},
             {"mean probability"},
             {"of them right"}},
            rows);
}

void add_scores(Markdown& out, const OutOfScopeReport& report) {
  std::vector<std::vector<Inline>> rows;
  for (const ScopeScoreReport& score : report.scores) {
    const Inline name = score_name(score.score);
    rows.push_back({score.score == report.score ? strong(name) : name, fixed(score.validation_auroc, 3),
                    fixed(score.auroc, 3), fixed(score.aupr, 3), percent(score.fpr_at_95_recall),
                    percent(score.out_of_scope_recall), percent(score.in_scope_kept), percent(score.in_scope_accuracy),
                    significant(score.threshold)});
  }
  out.table({{"Score", Align::left},
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

void add_accepted_texts(Markdown& out, const OutOfScopeReport& report) {
  if (report.accepted.empty()) return;
  std::vector<std::vector<Inline>> rows;
  for (const AcceptedTextReport& accepted : report.accepted) {
    if (rows.size() == kShownTexts) break;
    rows.push_back({"“" + excerpt(accepted.text, kTextLimit) + "”", accepted.prediction, significant(accepted.score)});
  }
  out.paragraph("Out-of-scope texts that the chosen score lets through, the most in-scope-looking first:");
  out.table({{"Text", Align::left}, {"taken for", Align::left}, {"Score"}}, rows);
}

}  // namespace

void add_calibration(Markdown& out, const RunReport& report) {
  if (!report.calibration) return;
  const CalibrationReport& calibration = *report.calibration;
  out.heading(2, "Calibration");
  out.paragraph(
      concat("Probabilities are softmax(logits / ", fixed(calibration.temperature, 3), "). ", calibration.reason));
  if (!calibration.before || !calibration.after) return;
  if (!report.target.test && calibration.fitted_on == HeldOutSource::out_of_fold) {
    out.paragraph("The figures below are of the texts that it was fitted on, there being no test file.");
  }
  out.table({{"", Align::left}, {"Before"}, {"Calibrated"}, {"Meaning", Align::left}},
            {figure_row("calibration error", calibration.before->ece, calibration.after->ece,
                        "mean gap between confidence and accuracy, 15 bins; lower is better"),
             figure_row("Brier score", calibration.before->brier, calibration.after->brier,
                        "squared error of all probabilities, 0 to 2; lower is better"),
             figure_row("log loss", calibration.before->log_loss, calibration.after->log_loss,
                        "mean surprise at the true label; lower is better")});
  add_bins(out, *calibration.before, *calibration.after);
}

void add_out_of_scope(Markdown& out, const RunReport& report) {
  if (!report.out_of_scope) return;
  const OutOfScopeReport& scope = *report.out_of_scope;
  out.heading(2, "Out of scope");
  out.paragraph(scope.reason);
  if (!std::isnan(scope.threshold)) {
    out.paragraph("Texts whose " + strong(score_name(scope.score)) +
                  concat(" (", meaning_of(scope.score), ") is below ", significant(scope.threshold),
                         " are taken to be none of the labels' (`predict --reject`)."));
  }
  const bool both = scope.test_in_scope > 0 && scope.test_out_of_scope > 0;
  if (scope.test_in_scope > 0) {
    out.paragraph(concat("On the test file, ", percent(chosen_score(scope).in_scope_kept), " of ",
                         counted(scope.test_in_scope, "text", "texts"), " in scope are kept",
                         scope.test_out_of_scope > 0
                             ? concat(" and ", percent(chosen_score(scope).out_of_scope_recall), " of ",
                                      counted(scope.test_out_of_scope, "text", "texts"), " out of scope rejected.")
                             : std::string(".")));
  }
  if (both) add_scores(out, scope);
  add_accepted_texts(out, scope);
}

}  // namespace tt::report
