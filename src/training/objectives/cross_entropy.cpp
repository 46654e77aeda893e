#include "training/objectives/cross_entropy.hpp"

#include "transfer_tune/training/rows.hpp"

#include <ATen/ATen.h>

#include <utility>

namespace tt::training {

CrossEntropy::CrossEntropy(CrossEntropyOptions options) : options_(std::move(options)) {
  if (!options_.class_weights.empty()) class_weights_ = at::tensor(options_.class_weights, at::kFloat);
}

double CrossEntropy::weight(const Texts& texts) const {
  const EncodedSet& set = *texts.set;
  if (set.targets.defined() && class_weights_.defined()) {
    at::Tensor weights = at::matmul(rows_at(set.targets, texts.indices), class_weights_);
    if (!set.weights.empty()) weights = weights * at::tensor(texts.weights(), at::kFloat);
    return weights.sum(at::kDouble).item<double>();
  }
  double sum = 0;
  for (const std::size_t i : texts.indices) {
    const double of_label =
        class_weights_.defined() ? options_.class_weights[static_cast<std::size_t>(set.labels[i])] : 1.0;
    sum += set.weights.empty() ? of_label : of_label * static_cast<double>(set.weights[i]);
  }
  return sum;
}

at::Tensor CrossEntropy::loss(const Outputs& outputs, const Texts& batch) const {
  const EncodedSet& set = *batch.set;
  if (set.weights.empty() && !set.targets.defined()) {
    const at::Device device = outputs.logits.device();
    const at::Tensor weights = class_weights_.defined() ? class_weights_.to(device) : at::Tensor();
    const at::Tensor labels = at::tensor(batch.labels(), at::kLong).to(device);
    return at::cross_entropy_loss(outputs.logits, labels, weights, at::Reduction::Mean, -100, options_.label_smoothing);
  }
  const Taught taught = this->taught(batch, outputs.logits);
  return -(taught.targets * at::log_softmax(outputs.logits, 1)).sum() / taught.weights.sum();
}

Taught CrossEntropy::taught(const Texts& batch, const at::Tensor& logits) const {
  const EncodedSet& set = *batch.set;
  const std::int64_t labels = logits.size(1);
  at::Tensor targets = set.targets.defined() ? rows_at(set.targets, batch.indices) : one_hot(batch.labels(), labels);
  at::Tensor weights = class_weights_.defined() ? at::matmul(targets, class_weights_) : targets.sum(1);
  const double smoothing = options_.label_smoothing;
  if (smoothing > 0) targets = targets * (1 - smoothing) + smoothing / static_cast<double>(labels);
  if (class_weights_.defined()) targets = targets * class_weights_;
  if (!set.weights.empty()) {
    const at::Tensor of_texts = at::tensor(batch.weights(), at::kFloat);
    targets = targets * of_texts.unsqueeze(1);
    weights = weights * of_texts;
  }
  return {targets.to(logits.device()), weights.to(logits.device())};
}

std::unique_ptr<Objective> make_cross_entropy(CrossEntropyOptions options) {
  return std::make_unique<CrossEntropy>(std::move(options));
}

}  // namespace tt::training
