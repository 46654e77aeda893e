#pragma once

#include <array>
#include <string_view>

#include "record/fields/field.hpp"
#include "transfer_tune/record/decision_report.hpp"

namespace tt::report {

inline constexpr std::array<std::string_view, 4> kHeldOutSourceNames{"validation_file", "validation_split",
                                                                     "out_of_fold", "none"};
constexpr const auto& names_of(HeldOutSource /*tag*/) { return kHeldOutSourceNames; }

inline constexpr std::array<std::string_view, 4> kScopeScoreNames{"max_probability", "energy", "mahalanobis", "knn"};
constexpr const auto& names_of(evaluation::ScopeScore /*tag*/) { return kScopeScoreNames; }

void fields(auto& visit, Like<ReliabilityBinReport> auto& r) {
  visit("low", r.low, "largest probabilities above this");
  visit("high", r.high, "up to this");
  visit("count", r.count, "texts");
  visit("confidence", r.confidence, "mean of the largest probability; null: no texts");
  visit("accuracy", r.accuracy, "share answered rightly; null: no texts");
}

void fields(auto& visit, Like<CalibrationFigures> auto& r) {
  visit("ece", r.ece, "expected calibration error over the bins");
  visit("brier", r.brier, "mean of the sum of squared errors of all probabilities, 0 to 2");
  visit("log_loss", r.log_loss, "mean of -ln p(label) over texts with known labels");
  visit("bins", r.bins, "reliability diagram: 15 equal bins of the largest probability");
}

void fields(auto& visit, Like<LanguageTemperatureReport> auto& r) {
  visit("language", r.language, "value of the column");
  visit("texts", r.texts, "held out");
  visit("temperature", r.temperature, "fitted on them; null: too few, or there is no telling");
  visit("log_loss", r.log_loss, "on them, with the temperature of all texts");
  visit("own_log_loss", r.own_log_loss, "on them, with temperatures of their own, cross-validated; null: none");
  visit("used", r.used, "its own: it lowers the log loss by more than 1.96 times the standard error of that");
}

void fields(auto& visit, Like<CalibrationReport> auto& r) {
  visit("temperature", r.temperature, "probabilities are softmax(logits / temperature)");
  visit("fitted_on", r.fitted_on, "texts that the model had not seen; none: the temperature is 1");
  visit("texts", r.texts, "that it was fitted on");
  visit("before_refit", r.before_refit, "fitted to the model before it was trained again on all texts");
  visit("reason", r.reason, "a sentence on where the temperature comes from");
  visit("before", r.before, "with temperature 1, on the texts of the test figures; null: there are none");
  visit("after", r.after, "with the temperature, on the same texts; null: there are none");
  visit("languages", r.languages, "held-out texts by language; empty: no column says it", Since{7});
}

void fields(auto& visit, Like<ScopeScoreReport> auto& r) {
  visit("score", r.score, "the higher, the more in scope");
  visit("validation_auroc", r.validation_auroc, "on held-out texts; null: no out-of-scope ones among them");
  visit("threshold", r.threshold, "a text that scores lower is rejected; null: nothing is");
  visit("auroc", r.auroc, "on test texts; null: either kind is missing");
  visit("aupr", r.aupr, "average precision of finding out-of-scope test texts; null: either kind is missing");
  visit("fpr_at_95_recall", r.fpr_at_95_recall,
        "share of in-scope test texts lost where 95% of the out-of-scope ones are found; null: either kind is missing");
  visit("in_scope_kept", r.in_scope_kept, "share of in-scope test texts not rejected; null: no such texts");
  visit("in_scope_accuracy", r.in_scope_accuracy, "share of them kept and answered rightly; null: no such texts");
  visit("out_of_scope_recall", r.out_of_scope_recall, "share of out-of-scope test texts rejected; null: no such texts");
}

void fields(auto& visit, Like<ScopeBinReport> auto& r) {
  visit("low", r.low, "scores from this; the first bin holds those below it too");
  visit("high", r.high, "to below this; in the last bin also at it");
  visit("in_scope", r.in_scope, "in-scope test texts");
  visit("out_of_scope", r.out_of_scope, "out-of-scope test texts");
}

void fields(auto& visit, Like<AcceptedTextReport> auto& r) {
  visit("text", r.text, "out of scope, not rejected");
  visit("prediction", r.prediction, "the label it was given");
  visit("score", r.score, "the chosen one");
}

void fields(auto& visit, Like<ScopeFileReport> auto& r) {
  visit("path", r.path, "of the file");
  visit("sha256", r.sha256, "of its bytes");
  visit("texts", r.texts, "out-of-scope texts in it");
}

void fields(auto& visit, Like<LanguageThresholdReport> auto& r) {
  visit("language", r.language, "value of the column");
  visit("in_scope", r.in_scope, "held-out texts");
  visit("out_of_scope", r.out_of_scope, "held-out texts");
  visit("kept", r.kept, "share of those in scope that the threshold of all texts keeps");
  visit("threshold", r.threshold, "of its own; null: too few texts");
  visit("used", r.used, "its own, which serves the held-out texts better beyond chance");
}

void fields(auto& visit, Like<OutOfScopeReport> auto& r) {
  visit("score", r.score, "the chosen one");
  visit("threshold", r.threshold, "a text that scores lower is rejected; null: nothing is");
  visit("chosen_on", r.chosen_on, "in-scope texts that the model had not seen; none: nothing was chosen");
  visit("before_refit", r.before_refit, "chosen with the model before it was trained again on all texts");
  visit("reason", r.reason, "a sentence on how score and threshold were chosen");
  visit("validation_in_scope", r.validation_in_scope, "texts that chose");
  visit("validation_out_of_scope", r.validation_out_of_scope, "texts that chose");
  visit("test_in_scope", r.test_in_scope, "texts that the figures are about");
  visit("test_out_of_scope", r.test_out_of_scope, "texts that the figures are about");
  visit("files", r.files, "of out-of-scope texts, beside the target's own", Since{2});
  visit("scores", r.scores, "every score that was computed");
  visit("histogram", r.histogram, "test texts by the chosen score; empty: there are none");
  visit("accepted", r.accepted, "out-of-scope test texts that were not rejected, the highest score first");
  visit("languages", r.languages, "held-out texts by language; empty: no column says it", Since{7});
}

void fields(auto& visit, Like<DecisionLanguage> auto& r) {
  visit("language", r.language, "value of the column");
  visit("training_texts", r.training_texts, "labelled texts in it that were trained on");
  visit("temperature", r.temperature, "its own; null: that of all");
  visit("threshold", r.threshold, "its own; null: that of all");
}

void fields(auto& visit, Like<Decision> auto& r) {
  visit("temperature", r.temperature, "probabilities are softmax(logits / temperature)");
  visit("temperature_reason", r.temperature_reason, "where it comes from");
  visit("score", r.score, "what rejection goes by: the higher, the more in scope");
  visit("threshold", r.threshold, "a text that scores lower is rejected; null: nothing is");
  visit("threshold_reason", r.threshold_reason, "where score and threshold come from");
  visit("neighbours", r.neighbours, "score knn: which nearest training text's similarity it is; else 0");
}

}  // namespace tt::report
