#include "transfer_tune/judge/decision.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "judge/fewest_texts.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/evaluation/calibration.hpp"
#include "transfer_tune/evaluation/detection.hpp"
#include "transfer_tune/record/format.hpp"

namespace tt::report {
namespace {

using evaluation::ScopeScore;

/// Needs nothing but logits, and tells more than the largest probability (Liu et al. 2020).
constexpr ScopeScore kDefaultScore = ScopeScore::energy;
constexpr std::size_t kHistogramBins = 30;
constexpr std::size_t kShownTexts = 20;

/// "1,000 texts held out of the training file, answered by the model before …".
std::string held_out_texts(std::int64_t count, HeldOutSource source, bool before_refit) {
  const std::string texts = counted(count, "text", "texts");
  std::string out;
  switch (source) {
    case HeldOutSource::validation_file:
      out = concat("the ", texts, " of the validation file");
      break;
    case HeldOutSource::validation_split:
      out = concat(texts, " held out of the training file");
      break;
    case HeldOutSource::out_of_fold:
      return concat(counted(count, "training text", "training texts"),
                    ", each answered by a model that had not seen it");
    case HeldOutSource::none:
      return "no texts";
  }
  return out + (before_refit ? ", answered by the model before it was trained again on all texts" : "");
}

std::string threshold_reason(const OutOfScopeReport& report, bool chosen, double keep) {
  if (report.chosen_on == HeldOutSource::none) {
    return "Nothing is rejected: no texts were held out to choose a threshold on.";
  }
  const std::string in_scope = held_out_texts(report.validation_in_scope, report.chosen_on, report.before_refit);
  if (chosen) {
    return concat("Score and threshold were chosen on ", counted(report.validation_out_of_scope, "text", "texts"),
                  " out of scope and ", in_scope, ".");
  }
  return concat("The threshold keeps ", percent(keep), " of ", in_scope, "; ",
                report.validation_out_of_scope == 0 ? std::string("there were no out-of-scope texts to choose it on.")
                                                    : concat("the ", report.validation_out_of_scope,
                                                             " out-of-scope ones are too few to choose it on."));
}

/// What each score is beside the threshold of all, where a text has another one.
std::vector<double> lowered(std::vector<double> scores, const std::vector<double>& raise) {
  for (std::size_t i = 0; i < raise.size(); ++i) scores.at(i) -= raise[i];
  return scores;
}

double accuracy_at(const std::vector<double>& scores, const std::vector<std::uint8_t>& correct, double threshold) {
  if (scores.empty()) return evaluation::kUndefined;
  double right = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) right += correct[i] != 0 && !(scores[i] < threshold) ? 1 : 0;
  return right / static_cast<double>(scores.size());
}

/// `scores` as they are, and beside the threshold.
void add_accepted(OutOfScopeReport& report, const std::vector<double>& scores, const std::vector<double>& compared,
                  std::span<const OutOfScopeText> texts) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::erase_if(order, [&](std::size_t i) { return compared[i] < report.threshold; });
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  order.resize(std::min(order.size(), kShownTexts));
  report.accepted.reserve(order.size());
  for (const std::size_t i : order) {
    report.accepted.push_back({std::string(texts[i].text), std::string(texts[i].prediction), scores[i]});
  }
}

}  // namespace

std::optional<CalibrationFigures> calibration_figures(const evaluation::Scores& scores) {
  if (scores.size() == 0) return std::nullopt;
  const evaluation::Metrics metrics = evaluation::compute_metrics(scores);
  CalibrationFigures out{metrics.ece, evaluation::brier_score(scores), metrics.log_loss, {}};
  for (const evaluation::ReliabilityBin& bin : evaluation::reliability_bins(scores)) {
    out.bins.push_back({bin.low, bin.high, static_cast<std::int64_t>(bin.count), bin.confidence, bin.accuracy});
  }
  return out;
}

namespace {

/// `count`: texts that the answers are of.
CalibrationReport fit_temperature(std::span<const float> logits, std::span<const std::int32_t> labels,
                                  std::size_t num_classes, std::int64_t count, HeldOutSource source,
                                  bool before_refit) {
  CalibrationReport report;
  if (count == 0) {
    report.reason = "The temperature is 1: no texts were held out to fit it on.";
    return report;
  }
  const std::string texts = held_out_texts(count, source, before_refit);
  if (count < kFewestTexts) {
    report.reason = concat("The temperature is 1: too few texts to fit it on (", texts, ").");
    return report;
  }
  const std::optional<double> temperature = evaluation::fit_temperature(logits, labels, num_classes);
  if (!temperature) {
    report.reason =
        concat("The temperature is 1: no other fits best (", texts, "), as where all of them are answered rightly.");
    return report;
  }
  report.temperature = *temperature;
  report.fitted_on = source;
  report.texts = count;
  report.before_refit = before_refit;
  report.reason = concat("The temperature was fitted on ", texts, ".");
  return report;
}

}  // namespace

CalibrationReport choose_temperature(std::span<const float> logits, std::span<const std::int32_t> labels,
                                     std::size_t num_classes, HeldOutSource source, bool before_refit) {
  return fit_temperature(logits, labels, num_classes, static_cast<std::int64_t>(labels.size()), source, before_refit);
}

CalibrationReport choose_temperature(std::span<const float> logits, std::span<const float> truths,
                                     std::size_t num_labels, HeldOutSource source, bool before_refit) {
  // Of two classes with logits 0 and z, softmax is the sigmoid of z.
  std::vector<float> pairs;
  pairs.reserve(2 * logits.size());
  for (const float logit : logits) {
    pairs.push_back(0);
    pairs.push_back(logit);
  }
  return fit_temperature(pairs, std::vector<std::int32_t>(truths.begin(), truths.end()), 2,
                         static_cast<std::int64_t>(truths.size() / num_labels), source, before_refit);
}

ThresholdsReport choose_thresholds(const evaluation::MultiLabelScores& held_out, const std::vector<std::string>& labels,
                                   HeldOutSource source, bool before_refit) {
  ThresholdsReport report;
  report.texts = static_cast<std::int64_t>(held_out.size());
  std::vector<double> thresholds(labels.size(), report.shared);
  if (report.texts == 0) {
    report.reason = "A label is given from a probability of 0.5 on: no texts were held out to choose by.";
  } else {
    report.chosen_on = source;
    report.before_refit = before_refit;
    report.shared = evaluation::best_shared_threshold(held_out).threshold;
    thresholds = evaluation::choose_thresholds(held_out, report.shared);
    report.reason = concat("Chosen for the highest F1 on ", held_out_texts(report.texts, source, before_refit),
                           "; the fewer of them have a label, the nearer its threshold is to ", fixed(report.shared, 3),
                           ", the best one for all labels together.");
  }
  for (std::size_t label = 0; label < labels.size(); ++label) {
    std::int64_t texts = 0;
    for (std::size_t i = label; i < held_out.truths.size(); i += labels.size()) texts += held_out.truths[i];
    report.labels.push_back({labels[label], thresholds[label], texts});
  }
  return report;
}

OutOfScopeReport choose_threshold(const ScopeAnswers& held_out, HeldOutSource source, bool before_refit, double keep) {
  OutOfScopeReport report;
  report.score = kDefaultScore;
  const auto count = [](const ScopeScores& scores) { return static_cast<std::int64_t>(scores[kDefaultScore].size()); };
  report.validation_in_scope = count(held_out.in_scope);
  report.validation_out_of_scope = count(held_out.out_of_scope);
  if (report.validation_in_scope > 0) {
    report.chosen_on = source;
    report.before_refit = before_refit;
  }
  const bool choose = report.validation_in_scope > 0 && report.validation_out_of_scope >= kFewestTexts;
  double best = evaluation::kUndefined;
  for (const ScopeScore score :
       {ScopeScore::max_probability, ScopeScore::energy, ScopeScore::mahalanobis, ScopeScore::knn}) {
    const std::vector<double>& in_scope = held_out.in_scope[score];
    const std::vector<double>& out_of_scope = held_out.out_of_scope[score];
    if (report.validation_in_scope > 0 && in_scope.empty()) continue;  // not computed
    ScopeScoreReport& row = report.scores.emplace_back();
    row.score = score;
    row.validation_auroc = evaluation::detection_figures(in_scope, out_of_scope).auroc;
    row.threshold = choose ? evaluation::best_threshold(in_scope, held_out.correct, out_of_scope)
                           : evaluation::keeping_threshold(in_scope, keep);
    if (choose && !(row.validation_auroc <= best)) {
      best = row.validation_auroc;
      report.score = score;
    }
  }
  report.threshold = chosen_score(report).threshold;
  report.reason = threshold_reason(report, choose, keep);
  return report;
}

void measure_scope(OutOfScopeReport& report, const ScopeAnswers& test, std::span<const OutOfScopeText> texts) {
  const std::vector<double>& in_scope = test.in_scope[report.score];
  const std::vector<double>& out_of_scope = test.out_of_scope[report.score];
  if (texts.size() != out_of_scope.size()) {
    throw InternalError(concat("out of scope: ", texts.size(), " texts for ", out_of_scope.size(), " scores"));
  }
  const std::vector<double> compared = lowered(out_of_scope, test.out_of_scope_raise);
  report.test_in_scope = static_cast<std::int64_t>(in_scope.size());
  report.test_out_of_scope = static_cast<std::int64_t>(out_of_scope.size());
  for (ScopeScoreReport& row : report.scores) {
    const auto figures = evaluation::detection_figures(test.in_scope[row.score], test.out_of_scope[row.score]);
    row.auroc = figures.auroc;
    row.aupr = figures.aupr;
    row.fpr_at_95_recall = figures.fpr_at_95_recall;
    const bool chosen = row.score == report.score;
    const std::vector<double> inside = chosen ? lowered(in_scope, test.in_scope_raise) : test.in_scope[row.score];
    const std::vector<double>& outside = chosen ? compared : test.out_of_scope[row.score];
    row.in_scope_kept = evaluation::kept_share(inside, row.threshold);
    row.in_scope_accuracy = accuracy_at(inside, test.correct, row.threshold);
    row.out_of_scope_recall = 1 - evaluation::kept_share(outside, row.threshold);
  }
  for (const evaluation::ScopeBin& bin : evaluation::scope_histogram(in_scope, out_of_scope, kHistogramBins)) {
    report.histogram.push_back(
        {bin.low, bin.high, static_cast<std::int64_t>(bin.in_scope), static_cast<std::int64_t>(bin.out_of_scope)});
  }
  add_accepted(report, out_of_scope, compared, texts);
}

}  // namespace tt::report
