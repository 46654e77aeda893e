#include "runs/predictor.hpp"
#include "runs/stage_data.hpp"
#include "transfer_tune/report/evaluation_report.hpp"
#include "transfer_tune/runs/commands.hpp"
#include "transfer_tune/training/fit.hpp"

#include <ATen/ATen.h>

namespace tt::runs {

Evaluation evaluate(const EvaluateOptions& options) {
  data::ReadOptions read;
  read.text_column = options.text_column;
  read.label_column = options.label_column;
  read.extra_columns = options.slice_by;
  read.split = options.split;
  const data::Dataset dataset = data::read_dataset(options.data, read);
  const LoadedClassifier model = load_classifier(options.model);
  const training::EncodedSet set =
      encode(dataset, data::LabelMap(model.labels), model.encoder.tokenizer, model.max_length, model.threads, nullptr);
  report::EvaluationContext context;
  context.data_path = dataset.path.string();
  context.data_sha256 = dataset.sha256;
  context.labels = model.labels;
  context.texts = texts_of(dataset);
  context.slice_columns = options.slice_by;
  context.slice_values = slice_values(dataset, options.slice_by.size());
  context.bootstrap_samples = static_cast<std::size_t>(options.bootstrap_samples);
  context.seed = options.seed;
  const report::EvaluationReport figures =
      report::make_evaluation_report(training::to_scores(model.logits(set, options.progress), set.labels), context);
  return {report::to_json(figures), report::to_markdown(figures)};
}

}  // namespace tt::runs
