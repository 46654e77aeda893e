#include "support/messages.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/ops/adamw.hpp"
#include "transfer_tune/ops/packed.hpp"
#include "transfer_tune/ops/softmax_regression.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

// What kernels would read beyond its end, or read wrongly, is refused with its name.

namespace {

using namespace tt;
using namespace tt::ops;
using tests::holds;

void expect_refused(const std::function<void()>& call, const std::vector<std::string>& parts) {
  const std::string message = tests::message_of<InternalError>(call);
  for (const std::string& part : parts) EXPECT_TRUE(holds(message, part));
}

/// Arguments of `add_layer_norm` that fit.
struct NormArguments {
  at::Tensor x = at::ones({3, 8});
  at::Tensor x_bias = at::ones({8});
  at::Tensor residual = at::ones({3, 8});
  at::Tensor weight = at::ones({8});
  at::Tensor bias = at::ones({8});

  void run() const { (void)add_layer_norm(x, x_bias, residual, weight, bias, 1e-5, {}); }
};

TEST(Require, LayerNormNamesWhatDoesNotFit) {
  NormArguments{}.run();
  for (const auto& [name, member] : {std::pair{"x_bias", &NormArguments::x_bias},
                                     {"weight", &NormArguments::weight},
                                     {"bias", &NormArguments::bias}}) {
    NormArguments shorter;
    shorter.*member = at::ones({7});
    expect_refused([&] { shorter.run(); }, {"ops::add_layer_norm", std::string(name) + " is [7]", "expected [8]"});
    NormArguments strided;
    strided.*member = at::ones({16}).slice(0, 0, 16, 2);
    expect_refused([&] { strided.run(); }, {std::string(name) + " is [8]", "not contiguous"});
    NormArguments doubles;
    doubles.*member = at::ones({8}, at::kDouble);
    expect_refused([&] { doubles.run(); }, {name, "Double"});
  }
  NormArguments fewer_rows;
  fewer_rows.residual = at::ones({2, 8});
  expect_refused([&] { fewer_rows.run(); }, {"residual is [2, 8]", "expected [3, 8]"});
  NormArguments flat;
  flat.x = at::ones({8});
  expect_refused([&] { flat.run(); }, {"x is [8]", "a matrix"});
}

TEST(Require, GeluNamesWhatDoesNotFit) {
  expect_refused([] { (void)bias_gelu(at::ones({3, 8}), at::ones({7})); }, {"ops::bias_gelu", "bias is [7]", "[8]"});
  expect_refused([] { (void)gated_gelu(at::ones({3, 7})); }, {"ops::gated_gelu", "x is [3, 7]"});
}

TEST(Require, AttentionNamesWhatDoesNotFit) {
  const Packing packing{{0, 2, 5}, 6};
  const auto run = [&](const at::Tensor& query, const at::Tensor& key_value, std::int64_t heads, const Packing& of) {
    (void)attention(query, key_value, of, heads, {});
  };
  run(at::ones({6, 8}), at::ones({6, 16}), 2, packing);
  run(at::ones({2, 8}), at::ones({6, 16}), 2, packing);
  expect_refused([&] { run(at::ones({5, 8}), at::ones({6, 16}), 2, packing); }, {"query is [5, 8]", "expected [2, 8]"});
  expect_refused(
      [&] {
        run(at::ones({6, 8}), at::ones({5, 16}), 2, packing);
      },
      {"key_value is [5, 16]", "expected [6, 16]"});
  expect_refused([&] { run(at::ones({6, 8}), at::ones({6, 8}), 2, packing); }, {"key_value is [6, 8]"});
  expect_refused([&] { run(at::ones({6, 8}), at::ones({6, 16}), 3, packing); }, {"3 heads", "width 8"});
  expect_refused([&] { run(at::ones({6, 8}), at::ones({6, 16}), 2, {{0, 2, 7}, 6}); }, {"end at 7 of 6 rows"});
  expect_refused([&] { run(at::ones({6, 8}), at::ones({6, 16}), 2, {{0, 5, 2}, 6}); }, {"rise from 0"});
  const auto biased = [&](const at::Tensor& bias) {
    (void)self_attention(at::ones({6, 24}), packing, 2, {}, {bias, -1});
  };
  biased(at::ones({2, 5}));
  expect_refused([&] { biased(at::ones({2, 3})); }, {"bias is [2, 3]", "expected [2, 5]"});
  expect_refused([&] { biased(at::ones({2, 6})); }, {"bias is [2, 6]"});
  expect_refused([&] { biased(at::ones({3, 5})); }, {"bias is [3, 5]", "expected [2, 5]"});
  const auto placed = [&](const at::Tensor& of_queries, const at::Tensor& of_keys) {
    (void)self_attention(at::ones({6, 24}), packing, 2, {}, {{}, -1, of_queries, of_keys});
  };
  placed(at::ones({7, 8}), at::ones({7, 8}));
  placed({}, at::ones({5, 8}));
  expect_refused([&] { placed(at::ones({7, 8}), at::ones({5, 8})); }, {"of_keys is [5, 8]", "expected [7, 8]"});
  expect_refused([&] { placed(at::ones({3, 8}), {}); }, {"of_queries is [3, 8]", "expected [5, 8]"});
  expect_refused([&] { placed(at::ones({5, 9}), {}); }, {"of_queries is [5, 9]", "expected [5, 8]"});
  expect_refused([&] { (void)self_attention(at::ones({5, 24}), packing, 2, {}); }, {"query_key_value is [5, 24]"});
}

TEST(Require, RotationNamesWhatDoesNotFit) {
  const Packing packing{{0, 2, 5}, 6};
  const Rotation by = rotation(3, 4, 10, at::kCPU);
  (void)rotate(at::ones({6, 8}), 2, packing, by);
  expect_refused([&] { (void)rotate(at::ones({5, 8}), 2, packing, by); }, {"ops::rotate", "x is [5, 8]"});
  expect_refused([&] { (void)rotate(at::ones({6, 7}), 2, packing, by); }, {"x is [6, 7]", "expected [6, 8]"});
  expect_refused(
      [&] {
        (void)rotate(at::ones({6, 8}), 2, packing, rotation(2, 4, 10, at::kCPU));
      },
      {"cosines is [2, 2]", "expected [3, 2]"});
  expect_refused(
      [&] {
        (void)rotate(at::ones({6, 8}), 2, packing, {by.cosines, by.sines.narrow(0, 0, 2)});
      },
      {"sines is [2, 2]"});
}

TEST(Require, ProductsNameWhatDoesNotFit) {
  const at::NoGradGuard no_grad;
  const at::Tensor x = at::ones({3, 8});
  expect_refused(
      [&] {
        (void)ops::linear(x, at::ones({4, 7}));
      },
      {"ops::linear", "weight is [4, 7]", "expected [4, 8]"});
  expect_refused([&] { (void)ops::linear(x, at::ones({4, 8}), at::ones({3})); }, {"bias is [3]", "expected [4]"});
  expect_refused(
      [&] {
        (void)ops::joined_linear(x, at::ones({4, 8}), at::ones({4}), at::ones({4, 6}), at::ones({4}));
      },
      {"weight is [4, 6]"});
}

TEST(Require, TheOptimizerNamesWhatDoesNotFit) {
  const auto tensor = [] {
    return AdamWTensor{at::ones({4, 3}), at::ones({4, 3}), at::zeros({4, 3}), at::zeros({4, 3}), {}};
  };
  adamw({tensor()}, {});
  AdamWTensor small_grad = tensor();
  small_grad.grad = at::ones({3, 3});
  expect_refused([&] { adamw({small_grad}, {}); }, {"ops::adamw", "grad is [3, 3]", "expected [4, 3]"});
  AdamWTensor small_moment = tensor();
  small_moment.second_moment = at::ones({4, 2});
  expect_refused([&] { adamw({small_moment}, {}); }, {"second_moment is [4, 2]"});
  AdamWStep pulled;
  pulled.pull = 0.1;
  expect_refused([&] { adamw({tensor()}, pulled); }, {"start is no tensor"});
}

TEST(Require, SoftmaxRegressionNamesWhatDoesNotFit) {
  SoftmaxRegression problem{at::ones({3, 8}), at::zeros({3}, at::kInt), at::ones({3}), 0};
  at::Tensor grad_weight = at::empty({2, 8});
  at::Tensor grad_bias = at::empty({2});
  const auto run = [&] { (void)problem.loss(at::ones({2, 8}), at::ones({2}), grad_weight, grad_bias); };
  run();
  problem.labels = at::tensor({0, 2, 1}, at::kInt);
  expect_refused(run, {"ops::softmax_regression", "label 1 is 2", "expected 0 to 1"});
  problem.labels = at::zeros({2}, at::kInt);
  expect_refused(run, {"labels is [2]", "expected [3]"});
  problem.labels = at::zeros({3}, at::kInt);
  problem.row_weights = at::ones({2});
  expect_refused(run, {"row_weights is [2]"});
  problem.row_weights = at::ones({3});
  problem.targets = at::ones({3, 3});
  expect_refused(run, {"targets is [3, 3]", "expected [3, 2]"});
}

}  // namespace
