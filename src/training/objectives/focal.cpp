#include "training/objectives/cross_entropy.hpp"

#include <ATen/ATen.h>

#include <utility>

namespace tt::training {
namespace {

/// Keeps the gradient of (1 - p)^gamma finite where p rounds to 1.
constexpr double kLeastDoubt = 1e-7;

class Focal final : public CrossEntropy {
 public:
  Focal(CrossEntropyOptions options, double gamma) : CrossEntropy(std::move(options)), gamma_(gamma) {}

  [[nodiscard]] at::Tensor loss(const Outputs& outputs, const Texts& batch) const override {
    const Taught taught = this->taught(batch, outputs.logits);
    const at::Tensor log_p = at::log_softmax(outputs.logits, 1);
    const at::Tensor doubt = at::expm1(log_p).neg().clamp_min(kLeastDoubt);
    return -(taught.targets * doubt.pow(gamma_) * log_p).sum() / taught.weights.sum();
  }

  [[nodiscard]] const CrossEntropyOptions* as_cross_entropy() const noexcept override { return nullptr; }

 private:
  double gamma_;
};

}  // namespace

std::unique_ptr<Objective> make_focal(CrossEntropyOptions options, double gamma) {
  return std::make_unique<Focal>(std::move(options), gamma);
}

}  // namespace tt::training
