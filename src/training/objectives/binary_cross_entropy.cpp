#include "transfer_tune/training/objective.hpp"
#include "transfer_tune/training/rows.hpp"

#include <ATen/ATen.h>

#include <numeric>
#include <utility>

namespace tt::training {
namespace {

class BinaryCrossEntropy final : public Objective {
 public:
  explicit BinaryCrossEntropy(CrossEntropyOptions options) : options_(std::move(options)) {
    if (!options_.class_weights.empty()) class_weights_ = at::tensor(options_.class_weights, at::kFloat);
  }

  [[nodiscard]] double weight(const Texts& texts) const override {
    const std::vector<float> weights = texts.weights();
    return weights.empty() ? static_cast<double>(texts.size()) : std::accumulate(weights.begin(), weights.end(), 0.0);
  }

  [[nodiscard]] at::Tensor loss(const Outputs& outputs, const Texts& batch) const override {
    const at::Device device = outputs.logits.device();
    at::Tensor targets = rows_at(batch.set->targets, batch.indices);
    const double smoothing = options_.label_smoothing;
    if (smoothing > 0) targets = targets * (1 - smoothing) + smoothing / 2;
    at::Tensor weights = class_weights_.defined() ? class_weights_.unsqueeze(0) : at::Tensor();
    if (!batch.set->weights.empty()) {
      const at::Tensor of_texts = at::tensor(batch.weights(), at::kFloat).unsqueeze(1);
      const at::Tensor shares = of_texts / of_texts.mean();
      weights = weights.defined() ? weights * shares : shares;
    }
    if (weights.defined()) weights = weights.to(device);
    return at::binary_cross_entropy_with_logits(outputs.logits, targets.to(device), weights);
  }

  [[nodiscard]] const CrossEntropyOptions* as_cross_entropy() const noexcept override { return &options_; }

  [[nodiscard]] Answers answers(const Outputs& outputs, const Texts& texts, std::uint64_t /*seed*/) const override {
    return {outputs.logits, {}, rows_at(texts.set->targets, texts.indices)};
  }

 private:
  CrossEntropyOptions options_;
  at::Tensor class_weights_;  ///< [labels]; undefined: all 1
};

}  // namespace

std::unique_ptr<Objective> make_binary_cross_entropy(CrossEntropyOptions options) {
  return std::make_unique<BinaryCrossEntropy>(std::move(options));
}

}  // namespace tt::training
