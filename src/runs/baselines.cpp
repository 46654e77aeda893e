#include "runs/baselines.hpp"

#include "runs/label_texts.hpp"
#include "transfer_tune/training/rows.hpp"

#include <ATen/ATen.h>

namespace tt::runs {

report::BaselinesReport measure_baselines(const model::Classifier& pretrained, const tokenizer::Tokenizer& tokenizer,
                                          const data::LabelMap& labels,
                                          const std::vector<std::int32_t>& training_labels,
                                          const training::EncodedSet& texts, const at::Tensor& pooled,
                                          std::int64_t max_length) {
  report::BaselinesReport out;
  out.majority = evaluation::majority_baseline(training_labels, texts.labels, labels.size());

  training::EncodedSet names;
  for (const std::string& label : labels.names()) {
    names.sequences.append(tokenizer.encode(readable_label(label), static_cast<std::size_t>(max_length)).ids);
  }
  const std::int64_t everything = pretrained.encoder().spec().depth();
  const at::Tensor name_vectors =
      training::run_prefix(pretrained, names, everything, tokenizer.pad_id(), "baseline", {}).rows;
  const at::Tensor nearest = training::nearest_rows(pooled, name_vectors).to(at::kInt);
  const std::int32_t* begin = nearest.const_data_ptr<std::int32_t>();
  const std::vector<std::int32_t> predictions(begin, begin + nearest.numel());
  out.nearest_label_name = evaluation::baseline(texts.labels, predictions, labels.size());
  return out;
}

}  // namespace tt::runs
