#include "transfer_tune/ops/packed.hpp"
#include "transfer_tune/ops/softmax_regression.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace {

using namespace tt::ops;

double worst(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>() / std::max(1.0, b.abs().max().item<double>());
}

TEST(Linear, FewRowsGiveWhatDoublePrecisionGives) {
  at::manual_seed(1);
  const at::NoGradGuard no_grad;
  for (const std::int64_t rows : {1, 2, 4, 5, 17, 48, 49}) {
    for (const std::int64_t depth : {1, 7, 16, 33, 384}) {
      for (const std::int64_t columns : {1, 2, 3, 4, 77}) {
        const at::Tensor x = at::randn({rows, depth});
        const at::Tensor weight = at::randn({columns, depth});
        const at::Tensor bias = at::randn({columns});
        const at::Tensor exact = at::matmul(x.to(at::kDouble), weight.to(at::kDouble).t());
        const std::string shape = std::to_string(rows) + "x" + std::to_string(depth) + "x" + std::to_string(columns);
        EXPECT_LE(worst(tt::ops::linear(x, weight), exact), 2e-6) << shape;
        EXPECT_LE(worst(tt::ops::linear(x, weight, bias), exact + bias), 2e-6) << shape;
      }
    }
  }
}

TEST(Linear, TakesRowsThatLieApart) {
  at::manual_seed(1);
  const at::NoGradGuard no_grad;
  const at::Tensor x = at::randn({5, 40}).narrow(1, 3, 20);
  const at::Tensor weight = at::randn({6, 20});
  EXPECT_LE(worst(tt::ops::linear(x, weight), at::matmul(x, weight.t())), 2e-6);
  const at::Tensor columns_first = at::randn({20, 5}).t();
  EXPECT_LE(worst(tt::ops::linear(columns_first, weight), at::matmul(columns_first, weight.t())), 2e-6);
}

TEST(Linear, IsDifferentiableWhereGradientsAreAskedFor) {
  const at::Tensor x = at::randn({3, 8});
  const at::Tensor weight = at::randn({4, 8}).requires_grad_(true);
  EXPECT_TRUE(tt::ops::linear(x, weight).requires_grad());
}

void expect_as_the_reference(const SoftmaxRegression& problem, std::int64_t labels, const std::string& what) {
  const at::Tensor weight = at::randn({labels, problem.features.size(1)});
  const at::Tensor bias = at::randn({labels});
  at::Tensor grad_weight = at::empty_like(weight);
  at::Tensor grad_bias = at::empty_like(bias);
  at::Tensor expected_weight = at::empty_like(weight);
  at::Tensor expected_bias = at::empty_like(bias);
  const double loss = problem.loss(weight, bias, grad_weight, grad_bias);
  const double expected = reference::softmax_regression_loss(problem, weight, bias, expected_weight, expected_bias);
  EXPECT_NEAR(loss, expected, 1e-5 * std::abs(expected) + 1e-6) << what;
  EXPECT_LE(worst(grad_weight, expected_weight), 1e-5) << what;
  EXPECT_LE(worst(grad_bias, expected_bias), 1e-5) << what;
}

TEST(SoftmaxRegression, LossAndGradientAreTheReferences) {
  at::manual_seed(1);
  for (const std::int64_t rows : {1, 59, 61, 500}) {
    for (const std::int64_t columns : {1, 15, 16, 41}) {
      for (const std::int64_t labels : {2, 5, 16, 77, 200}) {
        for (const double smoothing : {0.0, 0.1}) {
          SoftmaxRegression problem{at::randn({rows, columns}), at::randint(labels, {rows}, at::kInt), at::rand({rows}),
                                    smoothing};
          const std::string shape = std::to_string(rows) + "x" + std::to_string(columns) + "x" +
                                    std::to_string(labels) + " smoothing " + std::to_string(smoothing);
          expect_as_the_reference(problem, labels, shape);
          problem.targets = at::softmax(2 * at::randn({rows, labels}), 1);
          expect_as_the_reference(problem, labels, shape + " soft targets");
        }
      }
    }
  }
}

TEST(SoftmaxRegression, ATargetOfOneLabelIsThatLabel) {
  at::manual_seed(2);
  SoftmaxRegression problem{at::randn({70, 20}), at::randint(6, {70}, at::kInt), at::rand({70}), 0.1};
  const at::Tensor weight = at::randn({6, 20});
  at::Tensor grad = at::empty_like(weight);
  at::Tensor soft_grad = at::empty_like(weight);
  at::Tensor grad_bias = at::empty({6});
  const double loss = problem.loss(weight, at::zeros({6}), grad, grad_bias);
  problem.targets = at::one_hot(problem.labels.to(at::kLong), 6).to(at::kFloat);
  EXPECT_NEAR(problem.loss(weight, at::zeros({6}), soft_grad, grad_bias), loss, 1e-6 * loss);
  EXPECT_LE(worst(soft_grad, grad), 1e-6);
}

TEST(SoftmaxRegression, ACertainWrongAnswerHasAFiniteLoss) {
  const SoftmaxRegression problem{at::ones({1, 1}), at::zeros({1}, at::kInt), at::ones({1}), 0.0};
  at::Tensor weight = at::tensor({-500.0F, 500.0F}).view({2, 1});
  at::Tensor grad_weight = at::empty_like(weight);
  at::Tensor grad_bias = at::empty({2});
  EXPECT_NEAR(problem.loss(weight, at::zeros({2}), grad_weight, grad_bias), 1000.0, 1e-3);
  EXPECT_NEAR(grad_weight[0][0].item<double>(), -1.0, 1e-6);
}

}  // namespace
