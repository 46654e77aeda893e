#include "training/objectives/cross_entropy.hpp"

#include <ATen/ATen.h>

#include <utility>

namespace tt::training {
namespace {

class RDrop final : public CrossEntropy {
 public:
  RDrop(CrossEntropyOptions options, double alpha) : CrossEntropy(std::move(options)), alpha_(alpha) {}

  [[nodiscard]] std::size_t passes() const noexcept override { return 2; }

  [[nodiscard]] at::Tensor loss(const Outputs& outputs, const Texts& batch) const override {
    const at::Tensor weights = taught(batch, outputs.logits).weights.chunk(2).front();
    const std::vector<at::Tensor> log_p = at::log_softmax(outputs.logits, 1).chunk(2);
    const at::Tensor divergence = ((log_p[0].exp() - log_p[1].exp()) * (log_p[0] - log_p[1])).sum(1) * 0.5;
    return CrossEntropy::loss(outputs, batch) + (weights * divergence).sum() / weights.sum() * alpha_;
  }

 private:
  double alpha_;
};

}  // namespace

std::unique_ptr<Objective> make_r_drop(CrossEntropyOptions options, double alpha) {
  return std::make_unique<RDrop>(std::move(options), alpha);
}

}  // namespace tt::training
