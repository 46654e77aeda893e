#include "transfer_tune/record/multi_label_report.hpp"

#include <map>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "record/evaluation_figures.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/record/evaluation_report.hpp"

namespace tt::report {
namespace {

/// The texts at `rows`.
evaluation::MultiLabelScores part_of(const evaluation::MultiLabelScores& scores, const std::vector<std::size_t>& rows) {
  evaluation::MultiLabelScores part{.num_labels = scores.num_labels, .truths = {}, .probabilities = {}};
  for (const std::size_t row : rows) {
    const auto begin = static_cast<std::ptrdiff_t>(row * scores.num_labels);
    const auto end = begin + static_cast<std::ptrdiff_t>(scores.num_labels);
    part.truths.insert(part.truths.end(), scores.truths.begin() + begin, scores.truths.begin() + end);
    part.probabilities.insert(part.probabilities.end(), scores.probabilities.begin() + begin,
                              scores.probabilities.begin() + end);
    if (!scores.unknown.empty()) part.unknown.push_back(scores.unknown[row]);
  }
  return part;
}

/// Of the texts that share each of `values`.
std::map<std::string, evaluation::MultiLabelMetrics> metrics_by(const std::vector<std::string>& values,
                                                                const evaluation::MultiLabelScores& scores,
                                                                const std::vector<double>& thresholds) {
  std::map<std::string, std::vector<std::size_t>> rows;
  for (std::size_t row = 0; row < scores.size(); ++row) rows[values.at(row)].push_back(row);
  std::map<std::string, evaluation::MultiLabelMetrics> metrics;
  for (const auto& [value, texts] : rows) {
    metrics.emplace(value, evaluation::compute_metrics(part_of(scores, texts), thresholds));
  }
  return metrics;
}

std::optional<LanguagesReport> languages_of(const evaluation::MultiLabelScores& scores,
                                            const std::vector<double>& thresholds, const EvaluationContext& context) {
  if (context.languages.column.empty()) return std::nullopt;
  std::map<std::string, LanguageFigures> figures;
  for (const auto& [language, metrics] : metrics_by(context.text_languages, scores, thresholds)) {
    figures[language] = {metrics.count, metrics.exact, metrics.micro.f1, metrics.macro.f1, metrics.ece};
  }
  return make_languages_report(figures, context.languages);
}

std::vector<SlicedColumn> slices_of(const evaluation::MultiLabelScores& scores, const std::vector<double>& thresholds,
                                    const EvaluationContext& context) {
  std::vector<SlicedColumn> columns;
  for (std::size_t i = 0; i < context.slice_columns.size(); ++i) {
    SlicedColumn& column = columns.emplace_back();
    column.column = context.slice_columns[i];
    for (const auto& [value, metrics] : metrics_by(context.slice_values[i], scores, thresholds)) {
      column.values.push_back({value, static_cast<std::int64_t>(metrics.count), metrics.accuracy, metrics.macro.f1});
    }
  }
  return columns;
}

}  // namespace

EvaluationReport make_evaluation_report(const evaluation::MultiLabelScores& scores,
                                        const std::vector<double>& thresholds, const EvaluationContext& context) {
  if (context.labels.size() != scores.num_labels || context.texts.size() != scores.size()) {
    throw InternalError(concat("evaluation report: ", context.labels.size(), " label names for ", scores.num_labels,
                               " labels, ", context.texts.size(), " texts for ", scores.size(), " answers"));
  }
  const evaluation::MultiLabelMetrics metrics = evaluation::compute_metrics(scores, thresholds);
  const evaluation::F1Intervals intervals =
      evaluation::bootstrap_f1(scores, thresholds, context.bootstrap_samples, context.seed);
  EvaluationReport report = common_figures(metrics, metrics.exact, context);
  report.slices = slices_of(scores, thresholds, context);
  report.languages = languages_of(scores, thresholds, context);
  MultiLabelReport& sets = report.multi_label.emplace();
  sets.micro_f1_ci95 = intervals.micro;
  sets.macro_f1_ci95 = intervals.macro;
  sets.mean_average_precision = metrics.mean_average_precision;
  sets.hamming_loss = metrics.hamming_loss;
  double support = 0;
  double given = 0;
  for (std::size_t i = 0; i < scores.num_labels; ++i) {
    const evaluation::ClassMetrics& label = metrics.per_label[i];
    support += static_cast<double>(label.support);
    given += static_cast<double>(label.predicted);
    report.per_class.push_back({context.labels[i], label.precision, label.recall, label.f1,
                                static_cast<std::int64_t>(label.support), static_cast<std::int64_t>(label.predicted)});
    sets.per_label.push_back(
        {context.labels[i], thresholds[i],
         metrics.average_precision.empty() ? evaluation::kUndefined : metrics.average_precision[i]});
  }
  support += std::accumulate(scores.unknown.begin(), scores.unknown.end(), 0.0);
  sets.labels_per_text = support / static_cast<double>(metrics.count);
  sets.given_per_text = given / static_cast<double>(metrics.count);
  return report;
}

}  // namespace tt::report
