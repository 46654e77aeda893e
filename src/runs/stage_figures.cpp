#include "runs/stage_data.hpp"

#include <string>
#include <vector>

// What was measured on a stage's texts.

namespace tt::runs {
namespace {

report::EvaluationContext context_of(const data::Dataset& dataset, const std::vector<std::string>& labels,
                                     const std::vector<std::string>& slice_columns, std::int64_t bootstrap_samples,
                                     std::uint64_t seed, const report::LanguageContext& languages) {
  report::EvaluationContext context;
  context.languages = languages;
  context.data_path = dataset.path.string();
  context.data_sha256 = dataset.sha256;
  context.texts_left_out = dataset.texts_hidden;
  context.labels = labels;
  context.slice_columns = slice_columns;
  context.slice_values.resize(slice_columns.size());
  context.bootstrap_samples = static_cast<std::size_t>(bootstrap_samples);
  context.seed = seed;
  context.texts.reserve(dataset.examples.size());
  for (const data::Example& example : dataset.examples) {
    context.texts.push_back(example.text);
    if (!languages.column.empty()) context.text_languages.push_back(example.language);
    for (std::size_t c = 0; c < slice_columns.size(); ++c) context.slice_values[c].push_back(example.columns.at(c));
  }
  return context;
}

}  // namespace

report::EvaluationReport measure(const data::Dataset& dataset, const evaluation::Scores& scores,
                                 const std::vector<std::string>& labels, const std::vector<std::string>& slice_columns,
                                 std::int64_t bootstrap_samples, std::uint64_t seed,
                                 const report::LanguageContext& languages) {
  return report::make_evaluation_report(scores,
                                        context_of(dataset, labels, slice_columns, bootstrap_samples, seed, languages));
}

report::EvaluationReport measure(const data::Dataset& dataset, const evaluation::MultiLabelScores& scores,
                                 const std::vector<double>& thresholds, const std::vector<std::string>& labels,
                                 const std::vector<std::string>& slice_columns, std::int64_t bootstrap_samples,
                                 std::uint64_t seed, const report::LanguageContext& languages) {
  return report::make_evaluation_report(scores, thresholds,
                                        context_of(dataset, labels, slice_columns, bootstrap_samples, seed, languages));
}

}  // namespace tt::runs
