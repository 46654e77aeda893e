#include "runs/baselines.hpp"

#include "transfer_tune/training/rows.hpp"

#include <ATen/ATen.h>

#include <cctype>

namespace tt::runs {
std::string readable_label(std::string_view label) {
  std::string out;
  for (std::size_t i = 0; i < label.size(); ++i) {
    const auto c = static_cast<unsigned char>(label[i]);
    const bool hump = i > 0 && std::isupper(c) != 0 && std::islower(static_cast<unsigned char>(label[i - 1])) != 0;
    if (hump) out += ' ';
    out += c == '_' || c == '-' ? ' ' : label[i];
  }
  return out;
}

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
  const at::Tensor nearest =
      at::matmul(training::unit_rows(pooled), training::unit_rows(name_vectors).t()).argmax(1).to(at::kInt);
  const std::int32_t* begin = nearest.const_data_ptr<std::int32_t>();
  const std::vector<std::int32_t> predictions(begin, begin + nearest.numel());
  out.nearest_label_name = evaluation::baseline(texts.labels, predictions, labels.size());
  return out;
}

}  // namespace tt::runs
