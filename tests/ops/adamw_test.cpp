#include "transfer_tune/ops/adamw.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <vector>

namespace {

using namespace tt::ops;

/// Tensors of odd sizes, one without a gradient, the largest in several slices.
std::vector<AdamWTensor> make_tensors() {
  at::manual_seed(6);
  std::vector<AdamWTensor> tensors;
  for (const std::vector<std::int64_t>& shape :
       std::vector<std::vector<std::int64_t>>{{1}, {7, 3}, {129, 301}, {33}, {5, 2}}) {
    tensors.push_back({.value = at::randn(shape),
                       .grad = shape.front() == 33 ? at::Tensor() : at::randn(shape),
                       .first_moment = at::zeros(shape),
                       .second_moment = at::zeros(shape),
                       .start = at::randn(shape),
                       .learning_rate = 0.01 * static_cast<double>(1 + tensors.size()),
                       .weight_decay = shape.size() > 1 ? 0.1 : 0.0});
  }
  return tensors;
}

double distance(const std::vector<AdamWTensor>& a, const std::vector<AdamWTensor>& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (const auto member : {&AdamWTensor::value, &AdamWTensor::first_moment, &AdamWTensor::second_moment}) {
      largest = std::max(largest, (a[i].*member - b[i].*member).abs().max().item<double>());
    }
  }
  return largest;
}

TEST(AdamWOp, MatchesTheReferenceOverSteps) {
  for (const double pull : {0.0, 0.7}) {
    std::vector<AdamWTensor> fused = make_tensors();
    std::vector<AdamWTensor> by_aten = make_tensors();
    std::vector<AdamWTensor> plain = make_tensors();
    by_aten[4].learning_rate = fused[4].learning_rate = plain[4].learning_rate = plain[0].learning_rate;
    for (std::int64_t number = 1; number <= 5; ++number) {
      const AdamWStep step{.number = number, .grad_scale = number == 3 ? 2.5 : 1.0, .pull = pull};
      adamw(fused, step);
      for (std::size_t i = 0; i < plain.size(); ++i) {
        if (plain[i].grad.defined()) by_aten[i].grad = plain[i].grad.clone();
      }
      adamw_by_aten(by_aten, step);
      reference::adamw(plain, step);
    }
    EXPECT_LE(distance(fused, plain), 2e-6) << pull;
    EXPECT_LE(distance(by_aten, plain), 2e-6) << pull;
    EXPECT_GT(distance(fused, make_tensors()), 1e-3);
  }
}

TEST(AdamWOp, TheNormIsThatOfAllGradientsWhateverTheThreads) {
  const std::vector<AdamWTensor> tensors = make_tensors();
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const double one = gradient_norm(tensors);
  at::set_num_threads(4);
  EXPECT_EQ(gradient_norm(tensors), one);
  at::set_num_threads(threads);
  EXPECT_NEAR(one, reference::gradient_norm(tensors), 1e-4);
  EXPECT_EQ(gradient_norm({}), 0.0);
}

TEST(AdamWOp, TensorsThatAreNotContiguousTakeTheReference) {
  AdamWTensor tensor{.value = at::randn({4, 3}).t(),
                     .grad = at::randn({3, 4}),
                     .first_moment = at::zeros({4, 3}).t(),
                     .second_moment = at::zeros({4, 3}).t(),
                     .start = {},
                     .learning_rate = 0.1};
  const at::Tensor before = tensor.value.clone();
  adamw({tensor}, {});
  // The first step of Adam is the rate times the gradient's sign.
  EXPECT_LE((tensor.value - (before - 0.1 * tensor.grad.sign())).abs().max().item<double>(), 1e-5);
}

}  // namespace
