#include "runs/encoder_warnings.hpp"
#include "runs/gates.hpp"
#include "runs/int8_check.hpp"
#include "runs/languages.hpp"
#include "runs/multi_label.hpp"
#include "runs/predictor.hpp"
#include "runs/stage_data.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/log.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/data/checks.hpp"
#include "transfer_tune/record/predictions.hpp"
#include "transfer_tune/render/reports.hpp"
#include "transfer_tune/runs/commands.hpp"
#include "transfer_tune/training/fit.hpp"

#include <ATen/ATen.h>

#include <cstdint>
#include <optional>
#include <utility>

namespace tt::runs {
namespace {

/// As `read_answers` would find them, had they been written.
report::Answers answers_of(const data::Dataset& dataset, std::vector<std::uint8_t> correct) {
  report::Answers answers;
  answers.data_sha256 = dataset.sha256;
  answers.correct = std::move(correct);
  for (std::size_t i = 0; i < dataset.examples.size(); ++i) {
    const data::Example& example = dataset.examples[i];
    answers.indexes.push_back(i);
    answers.labels.push_back(example.labels ? report::as_one_label(*example.labels) : example.label);
  }
  return answers;
}

/// Figures, and which texts are answered rightly.
struct Measured {
  report::EvaluationReport figures;
  std::vector<std::uint8_t> correct;
};

/// What the checkpoint says of the languages that it was trained on.
report::LanguageContext language_context(const LoadedClassifier& model, const EvaluateOptions& options) {
  report::LanguageContext out;
  out.column = options.language_column.value_or("");
  if (!model.decision || model.decision->language_column.empty()) return out;
  auto& trained = out.trained.emplace();
  for (const report::DecisionLanguage& language : model.decision->languages) {
    trained[language.language] = language.training_texts;
  }
  return out;
}

Measured measure_classifier(const LoadedClassifier& model, const data::Dataset& dataset,
                            const training::EncodedSet& set, const at::Tensor& logits, const EvaluateOptions& options) {
  if (!model.thresholds.empty()) {
    evaluation::MultiLabelScores scores = training::to_scores(logits, set.targets, model.temperature);
    scores.unknown = unknown_labels(dataset, data::LabelMap(model.labels));
    return {measure(dataset, scores, model.thresholds, model.labels, options.slice_by, options.bootstrap_samples,
                    options.seed, language_context(model, options)),
            evaluation::exact_answers(scores, model.thresholds)};
  }
  const at::Tensor scaled = model.calibrated(logits, languages_of(dataset));
  const evaluation::Scores scores = training::to_scores(scaled, set.labels, model.temperature);
  const std::vector<std::int32_t> predictions = evaluation::predictions(scores);
  Measured out{measure(dataset, scores, model.labels, options.slice_by, options.bootstrap_samples, options.seed,
                       language_context(model, options)),
               {}};
  for (std::size_t i = 0; i < predictions.size(); ++i)
    out.correct.push_back(predictions[i] == scores.labels[i] ? 1 : 0);
  if (model.int8) out.figures.int8 = compare_int8(model.classifier, set, model.encoder.tokenizer.pad_id());
  return out;
}

/// Says what is doubtful about `dataset`; throws `DataError` where the classifier knows none of its labels.
void check(const data::Dataset& dataset, const data::LabelMap& labels) {
  for (const std::string& warning : dataset.warnings) log_warning(warning);
  require_known_labels(dataset, labels, "the classifier");
  const std::vector<data::UnseenLabel> unseen = data::find_unseen_labels(data::Part::test, dataset.examples, labels);
  if (unseen.empty()) return;
  std::size_t texts = 0;
  for (const data::UnseenLabel& label : unseen) texts += label.examples;
  log_warning(concat(dataset.path.string(), ": ", texts, " of ", dataset.examples.size(),
                     " texts count as wrong, since the classifier does not know their labels: ",
                     data::describe_unseen_labels(unseen)));
}

/// Throws `CheckpointError` that names the first text with a logit that is not finite.
void require_finite_logits(const at::Tensor& logits, const data::Dataset& dataset) {
  const at::Tensor finite = logits.isfinite().all(1);
  for (std::size_t i = 0; i < dataset.examples.size(); ++i) {
    if (finite.const_data_ptr<bool>()[i]) continue;
    throw CheckpointError(concat(dataset.path.string(), ":", dataset.examples[i].line, ": ", kNotFinite));
  }
}

}  // namespace

Evaluation evaluate(const EvaluateOptions& options) {
  const Gates gates(options.gates, options.baseline, report::GateScope::evaluation);
  data::ReadOptions read;
  read.text_column = options.text_column;
  read.label_column = options.label_column;
  read.label_separator = options.label_separator;
  read.language_column = options.language_column;
  read.extra_columns = options.slice_by;
  read.split = options.split;
  read.delimiter = options.delimiter;
  read.encoding = options.encoding;
  read.quote = options.texts;
  data::Dataset dataset = data::read_dataset(options.data, read);
  const LoadedClassifier model = load_classifier(options.model);
  const data::LabelMap labels(model.labels);
  if (!model.thresholds.empty()) {
    data::to_label_sets(dataset);
  } else if (data::is_multi_label(dataset)) {
    throw DataError(
        concat(options.data.string(),
               ": found texts with several labels, expected one each, which is what the classifier answers"));
  }
  check(dataset, labels);
  const training::EncodedSet set = encode(dataset, labels, model.encoder.tokenizer, model.max_length, model.threads);
  for (const std::string& warning : vocabulary_warnings(model.encoder.tokenizer, {{dataset, set}}, "the texts")) {
    log_warning(warning);
  }
  if (!options.texts) data::hide_texts(dataset);
  const at::Tensor logits = model.logits(model.features(set, options.progress));
  require_finite_logits(logits, dataset);
  Measured measured = measure_classifier(model, dataset, set, logits, options);
  const report::EvaluationReport& figures = measured.figures;
  std::vector<report::GateReport> judged = gates.judge(report::gate_subject(
      figures, gates.need_answers() ? std::optional(answers_of(dataset, std::move(measured.correct))) : std::nullopt));
  return {report::to_json(figures, judged), report::to_markdown(figures, judged), report::to_html(figures, judged),
          report::summary_markdown(figures, judged), std::move(judged)};
}

}  // namespace tt::runs
