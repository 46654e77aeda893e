// Every kernel beside plain ATen at the shapes of a small encoder (384 wide, batches of 32 texts): see CONTRIBUTING.md.

#include "transfer_tune/ops/adamw.hpp"
#include "transfer_tune/ops/packed.hpp"
#include "transfer_tune/ops/softmax_regression.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <benchmark/benchmark.h>
#include <torch/csrc/autograd/autograd.h>

#include <functional>
#include <vector>

namespace {

using namespace tt;
using benchmark::State;

constexpr std::int64_t kHidden = 384;
constexpr std::int64_t kHeads = 12;
constexpr std::int64_t kSequences = 32;
constexpr std::int64_t kLength = 16;
const ops::Dropout kDropout{0.1, 42};

ops::Packing packing() {
  ops::Packing out;
  for (std::int64_t i = 0; i < kSequences; ++i) out.offsets.push_back(out.offsets.back() + kLength);
  out.rows = out.offsets.back();
  return out;
}

at::Tensor leaf(at::IntArrayRef shape) { return at::randn(shape).requires_grad_(true); }

/// Forward and backward of `compute` over `inputs`.
void differentiate(State& state, const std::vector<at::Tensor>& inputs, const std::function<at::Tensor()>& compute) {
  const at::Tensor grad = at::randn_like(compute());
  for (auto unused : state) {
    (void)unused;
    benchmark::DoNotOptimize(torch::autograd::grad({compute()}, inputs, {grad}));
  }
}

template <class Op>
void attention(State& state, Op op) {
  const ops::Packing layout = packing();
  const at::Tensor query = leaf({layout.rows, kHidden});
  const at::Tensor key_value = leaf({layout.rows, 2 * kHidden});
  differentiate(state, {query, key_value}, [&] { return op(query, key_value, layout, kHeads, kDropout, {}); });
}

template <class Op>
void biased_attention(State& state, Op op) {
  const ops::Packing layout = packing();
  const at::Tensor query = leaf({layout.rows, kHidden});
  const at::Tensor key_value = leaf({layout.rows, 2 * kHidden});
  const at::Tensor bias = leaf({kHeads, 2 * kLength - 1});
  differentiate(state, {query, key_value, bias}, [&] {
    return op(query, key_value, layout, kHeads, kDropout, {bias, -1});
  });
}

/// One long text, of which every place sees 64 others to each side, or all.
template <class Op>
void long_attention(State& state, Op op) {
  const ops::Packing layout{{0, 1024}, 1024};
  const at::Tensor query = leaf({layout.rows, kHidden});
  const at::Tensor key_value = leaf({layout.rows, 2 * kHidden});
  differentiate(state, {query, key_value}, [&] {
    return op(query, key_value, layout, kHeads, kDropout, {{}, state.range(0)});
  });
}

template <class Op>
void rotate(State& state, Op op) {
  const ops::Packing layout = packing();
  const ops::Rotation by = ops::rotation(kLength, kHidden / kHeads, 10000, at::kCPU);
  const at::Tensor x = leaf({layout.rows, 3 * kHidden});
  differentiate(state, {x}, [&] { return op(x, 2 * kHeads, layout, by); });
}

template <class Op>
void gated_gelu(State& state, Op op) {
  const at::Tensor x = leaf({kSequences * kLength, 6 * kHidden});
  differentiate(state, {x}, [&] { return op(x); });
}

template <class Op>
void add_layer_norm(State& state, Op op) {
  const std::int64_t rows = kSequences * kLength;
  const at::Tensor x = leaf({rows, kHidden});
  const at::Tensor residual = leaf({rows, kHidden});
  const at::Tensor bias = leaf({kHidden});
  const at::Tensor weight = leaf({kHidden});
  const at::Tensor norm_bias = leaf({kHidden});
  differentiate(state, {x, bias, residual, weight, norm_bias},
                [&] { return op(x, bias, residual, weight, norm_bias, 1e-12, kDropout); });
}

template <class Op>
void bias_gelu(State& state, Op op) {
  const at::Tensor x = leaf({kSequences * kLength, 4 * kHidden});
  const at::Tensor bias = leaf({4 * kHidden});
  differentiate(state, {x, bias}, [&] { return op(x, bias); });
}

template <class Op>
void adamw(State& state, Op op) {
  const at::NoGradGuard no_grad;
  std::vector<ops::AdamWTensor> tensors;
  for (int i = 0; i < 10; ++i) {
    const at::Tensor value = at::randn({4 * kHidden, kHidden});
    tensors.push_back({.value = value,
                       .grad = at::randn_like(value),
                       .first_moment = at::zeros_like(value),
                       .second_moment = at::zeros_like(value),
                       .start = {},
                       .learning_rate = 1e-4,
                       .weight_decay = 0.01});
  }
  for (auto unused : state) {
    (void)unused;
    op(tensors, {});
  }
}

template <class Op>
void few_rows_linear(State& state, Op op) {
  const at::NoGradGuard no_grad;
  const at::Tensor x = at::randn({state.range(0), kHidden});
  // More weights than caches hold, as one pass through an encoder meets them.
  std::vector<at::Tensor> weights;
  for (int i = 0; i < 12; ++i) weights.push_back(at::randn({4 * kHidden, kHidden}));
  const at::Tensor bias = at::randn({4 * kHidden});
  for (auto unused : state) {
    (void)unused;
    for (const at::Tensor& weight : weights) benchmark::DoNotOptimize(op(x, weight, bias));
  }
}

template <class Op>
void softmax_regression(State& state, Op op) {
  constexpr std::int64_t kTexts = 10000;
  constexpr std::int64_t kLabels = 77;
  const ops::SoftmaxRegression problem{at::randn({kTexts, kHidden}), at::randint(kLabels, {kTexts}, at::kInt),
                                       at::ones({kTexts})};
  const at::Tensor weight = at::randn({kLabels, kHidden});
  const at::Tensor bias = at::randn({kLabels});
  at::Tensor grad_weight = at::empty_like(weight);
  at::Tensor grad_bias = at::empty_like(bias);
  for (auto unused : state) {
    (void)unused;
    benchmark::DoNotOptimize(op(problem, weight, bias, grad_weight, grad_bias));
  }
}

double regression_loss(const ops::SoftmaxRegression& problem, const at::Tensor& weight, const at::Tensor& bias,
                       at::Tensor& grad_weight, at::Tensor& grad_bias) {
  return problem.loss(weight, bias, grad_weight, grad_bias);
}

BENCHMARK_CAPTURE(attention, kernel, ops::attention)->UseRealTime();
BENCHMARK_CAPTURE(attention, aten, ops::reference::attention)->UseRealTime();
BENCHMARK_CAPTURE(biased_attention, kernel, ops::attention)->UseRealTime();
BENCHMARK_CAPTURE(biased_attention, aten, ops::reference::attention)->UseRealTime();
BENCHMARK_CAPTURE(long_attention, kernel, ops::attention)->Arg(-1)->Arg(64)->UseRealTime();
BENCHMARK_CAPTURE(long_attention, aten, ops::reference::attention)->Arg(-1)->Arg(64)->UseRealTime();
BENCHMARK_CAPTURE(rotate, kernel, ops::rotate)->UseRealTime();
BENCHMARK_CAPTURE(rotate, aten, ops::reference::rotate)->UseRealTime();
BENCHMARK_CAPTURE(gated_gelu, kernel, ops::gated_gelu)->UseRealTime();
BENCHMARK_CAPTURE(gated_gelu, aten, ops::reference::gated_gelu)->UseRealTime();
BENCHMARK_CAPTURE(add_layer_norm, kernel, ops::add_layer_norm)->UseRealTime();
BENCHMARK_CAPTURE(add_layer_norm, aten, ops::reference::add_layer_norm)->UseRealTime();
BENCHMARK_CAPTURE(bias_gelu, kernel, ops::bias_gelu)->UseRealTime();
BENCHMARK_CAPTURE(bias_gelu, aten, ops::reference::bias_gelu)->UseRealTime();
BENCHMARK_CAPTURE(adamw, kernel, ops::adamw)->UseRealTime();
BENCHMARK_CAPTURE(adamw, aten, ops::reference::adamw)->UseRealTime();
BENCHMARK_CAPTURE(few_rows_linear, kernel, ops::linear)->Arg(1)->Arg(8)->Arg(16)->Arg(32)->Arg(48)->UseRealTime();
BENCHMARK_CAPTURE(few_rows_linear, aten, at::linear)->Arg(1)->Arg(8)->Arg(16)->Arg(32)->Arg(48)->UseRealTime();
BENCHMARK_CAPTURE(softmax_regression, kernel, regression_loss)->UseRealTime();
BENCHMARK_CAPTURE(softmax_regression, aten, ops::reference::softmax_regression_loss)->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
