#include "transfer_tune/training/optimizer.hpp"

#include "training/toy.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using namespace tt;
using namespace tt::training;

at::Tensor leaf(const at::Tensor& value) { return value.clone().requires_grad_(true); }

TEST(AdamW, StepsAreThoseOfTorchWithClippingAndDecayGroups) {
  const auto golden = tests::training_golden();
  const std::vector<std::string> names{"matrix", "bias", "head"};
  std::vector<OptimizedTensor> tensors;
  tensors.reserve(names.size());
  for (const std::string& name : names) {
    tensors.push_back({leaf(golden.at("adamw." + name + ".start")), name == "head" ? 5e-2 : 1e-2, name != "bias"});
  }
  AdamW optimizer(tensors, {.beta1 = 0.8, .beta2 = 0.95, .epsilon = 1e-6, .weight_decay = 0.1, .max_grad_norm = 1});
  const at::Tensor& norms = golden.at("adamw.norms");
  const std::int64_t steps = norms.numel();
  bool clipped = false;
  bool whole = false;
  for (std::int64_t step = 0; step < steps; ++step) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      tensors[i].value.mutable_grad() = golden.at("adamw." + names[i] + ".gradients")[step].clone();
    }
    const double norm = optimizer.gradient_norm();
    EXPECT_NEAR(norm, norms[step].item<double>(), 1e-5);
    (norm > 1 ? clipped : whole) = true;
    optimizer.step(1.0 - static_cast<double>(step) / static_cast<double>(steps), norm);
    for (std::size_t i = 0; i < names.size(); ++i) {
      const at::Tensor expected = golden.at("adamw." + names[i] + ".values")[step];
      EXPECT_LE((tensors[i].value - expected).abs().max().item<double>(), 1e-6) << names[i] << " step " << step;
      EXPECT_FALSE(tensors[i].value.grad().defined());
    }
  }
  EXPECT_TRUE(clipped && whole);
}

TEST(AdamW, L2SpPullsTowardsTheStart) {
  at::manual_seed(4);
  const at::Tensor start = at::randn({4, 3});
  AdamWOptions options{.weight_decay = 0.1};
  const OptimizedTensor plain{leaf(start), 0.02, true};
  const OptimizedTensor pulled{leaf(start), 0.02, true, start};
  AdamW without({plain}, options);
  options.l2_sp = 3;
  AdamW with({pulled}, options);
  for (const double factor : {1.0, 0.5, 0.25}) {
    const at::Tensor gradient = at::randn({4, 3});
    plain.value.detach().copy_(pulled.value.detach());
    plain.value.mutable_grad() = gradient.clone();
    pulled.value.mutable_grad() = gradient.clone();
    without.step(factor, 0);
    with.step(factor, 0);
    const at::Tensor stepped = plain.value.detach();
    const at::Tensor expected = stepped + 0.02 * factor * 3 * (start - stepped);
    EXPECT_LE((pulled.value - expected).abs().max().item<double>(), 1e-6);
  }
}

TEST(AdamW, UntouchedFactorIsWhatAValueWithoutGradientsBecomes) {
  const AdamWOptions options{.weight_decay = 0.5, .l2_sp = 0.3};
  for (const bool decay : {true, false}) {
    const at::Tensor start = at::tensor({1.0F, -2.0F, 0.5F});
    const OptimizedTensor tensor{leaf(start), 0.1, decay, start};
    AdamW optimizer({tensor}, options);
    double expected = 1;
    for (const double factor : {0.5, 1.0, 0.75, 0.1}) {
      tensor.value.mutable_grad() = at::zeros_like(start);
      optimizer.step(factor, 0);
      expected = AdamW::untouched_factor(expected, 0.1 * factor, decay, options);
    }
    EXPECT_EQ(expected < 1, decay);
    EXPECT_TRUE(at::allclose(tensor.value.detach(), start * expected, 1e-6, 0)) << expected;
  }
}

TEST(AdamW, AMissingGradientCountsAsZero) {
  const OptimizedTensor tensor{leaf(at::ones({2})), 0.1, true};
  AdamW optimizer({tensor}, {.weight_decay = 0.5});
  EXPECT_EQ(optimizer.gradient_norm(), 0);
  optimizer.step(1, 0);
  EXPECT_TRUE(at::allclose(tensor.value.detach(), at::full({2}, 0.95F)));
}

}  // namespace
