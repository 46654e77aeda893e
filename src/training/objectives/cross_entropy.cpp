#include "transfer_tune/training/objective.hpp"

#include <ATen/ATen.h>

#include <numeric>
#include <utility>

namespace tt::training {
namespace {

class CrossEntropy final : public Objective {
 public:
  explicit CrossEntropy(CrossEntropyOptions options) : options_(std::move(options)) {
    if (!options_.class_weights.empty()) class_weights_ = at::tensor(options_.class_weights, at::kFloat);
  }

  [[nodiscard]] double weight(std::span<const std::int32_t> labels) const override {
    if (options_.class_weights.empty()) return static_cast<double>(labels.size());
    return std::accumulate(labels.begin(), labels.end(), 0.0, [&](double sum, std::int32_t label) {
      return sum + options_.class_weights[static_cast<std::size_t>(label)];
    });
  }

  [[nodiscard]] at::Tensor loss(const Outputs& outputs, const at::Tensor& labels) const override {
    const at::Tensor weights = class_weights_.defined() ? class_weights_.to(outputs.logits.device()) : at::Tensor();
    return at::cross_entropy_loss(outputs.logits, labels, weights, at::Reduction::Mean, -100, options_.label_smoothing);
  }

  [[nodiscard]] const CrossEntropyOptions* as_cross_entropy() const noexcept override { return &options_; }

 private:
  CrossEntropyOptions options_;
  at::Tensor class_weights_;  ///< [labels]; undefined: all 1
};

}  // namespace

std::unique_ptr<Objective> make_cross_entropy(CrossEntropyOptions options) {
  return std::make_unique<CrossEntropy>(std::move(options));
}

}  // namespace tt::training
