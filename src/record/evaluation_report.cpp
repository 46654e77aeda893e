#include "transfer_tune/record/evaluation_report.hpp"

#include <map>
#include <optional>
#include <utility>

#include "record/evaluation_figures.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/evaluation/breakdown.hpp"
#include "transfer_tune/evaluation/calibration.hpp"

namespace tt::report {
namespace {

constexpr std::size_t kConfusedPairs = 20;
constexpr std::size_t kTextsPerPair = 3;

void check(const evaluation::Scores& scores, const EvaluationContext& context) {
  if (context.labels.size() != scores.num_classes || context.texts.size() != scores.size() ||
      context.slice_columns.size() != context.slice_values.size()) {
    throw InternalError(concat("evaluation report: ", context.labels.size(), " label names for ", scores.num_classes,
                               " classes, ", context.texts.size(), " texts for ", scores.size(), " answers, ",
                               context.slice_values.size(), " columns of values for ", context.slice_columns.size(),
                               " slice columns"));
  }
}

std::vector<ClassReport> class_reports(const evaluation::Metrics& metrics, const std::vector<std::string>& labels) {
  std::vector<ClassReport> reports;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const evaluation::ClassMetrics& figures = metrics.per_class[i];
    reports.push_back({.label = labels[i],
                       .precision = figures.precision,
                       .recall = figures.recall,
                       .f1 = figures.f1,
                       .support = static_cast<std::int64_t>(figures.support),
                       .predicted = static_cast<std::int64_t>(figures.predicted)});
  }
  return reports;
}

std::vector<std::vector<std::int64_t>> confusion_rows(const evaluation::Metrics& metrics, std::size_t num_classes) {
  std::vector<std::vector<std::int64_t>> rows;
  for (std::size_t i = 0; i < num_classes; ++i) {
    const auto begin = metrics.confusion.begin() + static_cast<std::ptrdiff_t>(i * num_classes);
    rows.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(num_classes));
  }
  return rows;
}

std::vector<ConfusedPairReport> confused_pairs(const evaluation::Scores& scores, const EvaluationContext& context) {
  std::vector<ConfusedPairReport> reports;
  for (const evaluation::ConfusedPair& pair : evaluation::most_confused(scores, kConfusedPairs, kTextsPerPair)) {
    ConfusedPairReport report{.label = context.labels[static_cast<std::size_t>(pair.label)],
                              .prediction = context.labels[static_cast<std::size_t>(pair.prediction)],
                              .count = static_cast<std::int64_t>(pair.count),
                              .share = pair.share,
                              .texts = {}};
    for (const std::size_t example : pair.examples) report.texts.push_back(context.texts[example]);
    reports.push_back(std::move(report));
  }
  return reports;
}

std::vector<SlicedColumn> sliced_columns(const evaluation::Scores& scores, const EvaluationContext& context) {
  std::vector<SlicedColumn> columns;
  for (std::size_t i = 0; i < context.slice_columns.size(); ++i) {
    SlicedColumn& column = columns.emplace_back();
    column.column = context.slice_columns[i];
    for (const evaluation::Slice& slice : evaluation::slices(scores, context.slice_values[i])) {
      column.values.push_back({.value = slice.value,
                               .count = static_cast<std::int64_t>(slice.count),
                               .accuracy = slice.accuracy,
                               .macro_f1 = slice.macro_f1});
    }
  }
  return columns;
}

std::optional<LanguagesReport> languages_of(const evaluation::Scores& scores, const EvaluationContext& context) {
  if (context.languages.column.empty()) return std::nullopt;
  std::map<std::string, evaluation::Scores> parts;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    evaluation::Scores& part = parts[context.text_languages.at(i)];
    part.num_classes = scores.num_classes;
    part.labels.push_back(scores.labels[i]);
    const auto row = scores.row(i);
    part.probabilities.insert(part.probabilities.end(), row.begin(), row.end());
  }
  std::map<std::string, LanguageFigures> figures;
  for (const auto& [language, part] : parts) {
    const evaluation::LabelMetrics metrics =
        evaluation::label_metrics(part.labels, evaluation::predictions(part), part.num_classes);
    figures[language] = {.texts = metrics.count,
                         .right = metrics.correct,
                         .micro_f1 = metrics.micro.f1,
                         .macro_f1 = metrics.macro.f1,
                         .ece = evaluation::expected_calibration_error(evaluation::reliability_bins(part))};
  }
  return make_languages_report(figures, context.languages);
}

}  // namespace

EvaluationReport make_evaluation_report(const evaluation::Scores& scores, const EvaluationContext& context) {
  check(scores, context);
  const evaluation::Metrics metrics = evaluation::compute_metrics(scores);

  EvaluationReport report = common_figures(metrics, metrics.correct, context);
  report.top3_accuracy = metrics.top3_accuracy;
  report.per_class = class_reports(metrics, context.labels);
  report.confusion = confusion_rows(metrics, scores.num_classes);
  report.confused_pairs = confused_pairs(scores, context);
  report.slices = sliced_columns(scores, context);
  report.languages = languages_of(scores, context);
  return report;
}

}  // namespace tt::report
