#include "runs/predictor.hpp"
#include "runs/stage_data.hpp"
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
  const report::EvaluationReport figures =
      measure(dataset, training::to_scores(model.logits(set, options.progress), set.labels), model.labels,
              options.slice_by, options.bootstrap_samples, options.seed);
  return {report::to_json(figures), report::to_markdown(figures)};
}

}  // namespace tt::runs
