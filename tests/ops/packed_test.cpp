#include "transfer_tune/ops/packed.hpp"

#include "ops/kernels/kernels.hpp"

#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <string>
#include <vector>

namespace {

using namespace tt::ops;
using torch::autograd::variable_list;

Packing make_packing(const std::vector<int>& lengths, int dummies) {
  Packing packing;
  for (const int length : lengths) packing.offsets.push_back(packing.offsets.back() + length);
  packing.rows = packing.offsets.back() + dummies;
  return packing;
}

at::Tensor leaf(at::Tensor x) { return x.detach().clone().requires_grad_(true); }

void expect_close(const at::Tensor& a, const at::Tensor& b, const std::string& what) {
  ASSERT_TRUE(a.defined() && b.defined()) << what;
  const double scale = std::max(1.0, b.abs().max().item<double>());
  EXPECT_LE((a - b).abs().max().item<double>(), 2e-6 * scale) << what;
}

TEST(FlashAttention, IsNearTheReferenceOnCuda) {
  if (!at::hasCUDA() || at::detail::getCUDAHooks().deviceCount() == 0) GTEST_SKIP() << "no CUDA device";
  at::autocast::set_autocast_enabled(at::kCUDA, true);
  const Packing packing = make_packing({3, 17, 1, 40}, 3);
  for (const bool first_only : {false, true}) {
    const auto on_device = at::TensorOptions().device(at::kCUDA);
    const at::Tensor query = leaf(at::randn({first_only ? 4 : packing.rows, 64}, on_device));
    const at::Tensor key_value = leaf(at::randn({packing.rows, 128}, on_device));
    const at::Tensor a = attention(query, key_value, packing, 2, {});
    const at::Tensor b = reference::attention(query, key_value, packing, 2, {});
    EXPECT_LE((a - b).abs().max().item<double>(), 3e-2);
    const auto fused = torch::autograd::grad({a.square().sum()}, {query, key_value});
    const auto plain = torch::autograd::grad({b.square().sum()}, {query, key_value});
    for (std::size_t i = 0; i < 2; ++i) {
      EXPECT_LE((fused[i] - plain[i]).norm().item<double>(), 3e-2 * plain[i].norm().item<double>());
    }
    const Dropout dropout{0.3, 5};
    EXPECT_TRUE(
        at::equal(attention(query, key_value, packing, 2, dropout), attention(query, key_value, packing, 2, dropout)));
  }
  at::autocast::set_autocast_enabled(at::kCUDA, false);
}

struct Shape {
  std::vector<int> lengths;
  int dummies;
  std::int64_t heads;
  std::int64_t head_dim;
  double p;
};

class AttentionTest : public testing::TestWithParam<std::tuple<Shape, bool>> {};

TEST_P(AttentionTest, MatchesTheReferenceForwardAndBackward) {
  at::manual_seed(1);
  const auto& [shape, first_only] = GetParam();
  const Packing packing = make_packing(shape.lengths, shape.dummies);
  const std::int64_t hidden = shape.heads * shape.head_dim;
  const std::int64_t queries = first_only ? packing.sequences() : packing.rows;
  const Dropout dropout{shape.p, 42};
  const at::Tensor query = leaf(at::randn({queries, hidden}));
  // Not contiguous.
  const at::Tensor key_value = leaf(at::randn({2 * hidden, packing.rows}).t());
  const at::Tensor grad = at::randn({queries, hidden});
  const at::Tensor a = attention(query, key_value, packing, shape.heads, dropout);
  const at::Tensor b = reference::attention(query, key_value, packing, shape.heads, dropout);
  expect_close(a, b, "output");
  const auto fused = torch::autograd::grad({a}, {query, key_value}, {grad});
  const auto plain = torch::autograd::grad({b}, {query, key_value}, {grad});
  expect_close(fused[0], plain[0], "gradient of queries");
  expect_close(fused[1], plain[1], "gradient of keys and values");
  if (!first_only) {
    EXPECT_EQ(a.narrow(0, packing.offsets.back(), shape.dummies).abs().sum().item<float>(), 0);
  }
}

INSTANTIATE_TEST_SUITE_P(OddSizes, AttentionTest,
                         testing::Combine(testing::Values(Shape{{1}, 0, 1, 1, 0}, Shape{{3, 1, 7}, 2, 2, 5, 0},
                                                          Shape{{16, 17, 15, 33}, 63, 12, 32, 0},
                                                          Shape{{16, 17, 5, 128}, 7, 3, 32, 0.1},
                                                          Shape{{2, 9}, 0, 4, 8, 0.5}, Shape{{11, 6}, 3, 2, 40, 0.1},
                                                          Shape{{511}, 1, 1, 64, 0.1}),
                                          testing::Bool()));

struct PlacesCase {
  Shape shape;
  bool biased;
  std::int64_t window;
  bool of_queries = false;
  bool of_keys = false;
};

class AttentionPlacesTest : public testing::TestWithParam<std::tuple<PlacesCase, bool>> {};

TEST_P(AttentionPlacesTest, MatchesTheReferenceForwardAndBackward) {
  at::manual_seed(1);
  const auto& [tested, first_only] = GetParam();
  const Packing packing = make_packing(tested.shape.lengths, tested.shape.dummies);
  const std::int64_t heads = tested.shape.heads;
  const std::int64_t hidden = heads * tested.shape.head_dim;
  const std::int64_t queries = first_only ? packing.sequences() : packing.rows;
  const Dropout dropout{tested.shape.p, 42};
  AttentionPlaces places;
  places.window = tested.window;
  variable_list inputs{leaf(at::randn({queries, hidden})), leaf(at::randn({packing.rows, 2 * hidden}))};
  if (tested.biased) {
    // Of more places than the longest sequence has.
    places.bias = leaf(at::randn({heads, 2 * packing.longest() + 3}));
    inputs.push_back(places.bias);
  }
  for (const auto& [tested_one, vectors] :
       {std::pair(tested.of_queries, &places.of_queries), {tested.of_keys, &places.of_keys}}) {
    if (!tested_one) continue;
    *vectors = leaf(at::randn({2 * packing.longest() + 3, hidden}));
    inputs.push_back(*vectors);
  }
  const at::Tensor grad = at::randn({queries, hidden});
  const at::Tensor a = attention(inputs[0], inputs[1], packing, heads, dropout, places);
  const at::Tensor b = reference::attention(inputs[0], inputs[1], packing, heads, dropout, places);
  expect_close(a, b, "output");
  const auto fused = torch::autograd::grad({a}, inputs, {grad});
  const auto plain = torch::autograd::grad({b}, inputs, {grad});
  for (std::size_t i = 0; i < inputs.size(); ++i) expect_close(fused[i], plain[i], "gradient " + std::to_string(i));

  if (first_only) return;
  const at::Tensor joined = leaf(at::cat({inputs[0], inputs[1]}, 1));
  const at::Tensor c = self_attention(joined, packing, heads, dropout, places);
  EXPECT_TRUE(at::equal(c, a)) << "of one tensor";
  inputs[0] = joined;
  inputs.erase(inputs.begin() + 1);
  const auto at_once = torch::autograd::grad({c}, inputs, {grad});
  EXPECT_TRUE(at::equal(at_once[0], at::cat({fused[0], fused[1]}, 1))) << "gradient of one tensor";
  for (std::size_t i = 2; i < plain.size(); ++i) {
    expect_close(at_once[i - 1], plain[i], "gradient of places of one tensor, " + std::to_string(i));
  }
}

INSTANTIATE_TEST_SUITE_P(
    OddSizes, AttentionPlacesTest,
    testing::Combine(testing::Values(PlacesCase{{{1}, 0, 1, 1, 0}, true, -1},
                                     PlacesCase{{{3, 1, 7}, 2, 2, 5, 0}, true, -1},
                                     PlacesCase{{{16, 17, 5, 128}, 7, 3, 32, 0.1}, true, -1},
                                     PlacesCase{{{3, 1, 7}, 2, 2, 5, 0}, false, 0},
                                     PlacesCase{{{3, 1, 7, 30}, 2, 2, 5, 0.3}, false, 2},
                                     PlacesCase{{{200, 64, 65, 129}, 3, 2, 8, 0}, false, 16},
                                     PlacesCase{{{300, 5}, 3, 2, 8, 0.1}, true, 37},
                                     PlacesCase{{{40, 9}, 0, 1, 16, 0}, false, 4000},
                                     PlacesCase{{{1, 2}, 0, 1, 1, 0}, false, -1, true, true},
                                     PlacesCase{{{3, 1, 7}, 2, 2, 5, 0}, false, -1, true, false},
                                     PlacesCase{{{3, 1, 7}, 2, 2, 5, 0}, false, -1, false, true},
                                     PlacesCase{{{16, 17, 5, 128}, 7, 3, 32, 0.1}, false, -1, true, true},
                                     PlacesCase{{{200, 64, 65, 129}, 3, 2, 64, 0}, true, 16, true, true},
                                     PlacesCase{{{300, 5}, 3, 2, 8, 0.1}, false, -1, true, true}),
                     testing::Bool()));

TEST(Rotate, MatchesTheReferenceForwardAndBackward) {
  at::manual_seed(8);
  for (const std::int64_t head_dim : {2, 10, 64}) {
    const Packing packing = make_packing({3, 17, 1, 40}, 3);
    const Rotation by = rotation(48, head_dim, 10000, at::kCPU);
    // Three heads are turned, what is behind them is not.
    const at::Tensor x = leaf(at::randn({packing.rows, 5 * head_dim + 1}));
    const at::Tensor a = rotate(x, 3, packing, by);
    const at::Tensor b = reference::rotate(x, 3, packing, by);
    expect_close(a, b, "output");
    EXPECT_TRUE(at::equal(a.narrow(1, 3 * head_dim, 2 * head_dim + 1), x.narrow(1, 3 * head_dim, 2 * head_dim + 1)));
    const at::Tensor grad = at::randn_like(a);
    expect_close(torch::autograd::grad({a}, {x}, {grad})[0], torch::autograd::grad({b}, {x}, {grad})[0], "gradient");
  }
}

TEST(Rotate, TurnsPairsByTheirPlacesAngle) {
  const Rotation by = rotation(3, 4, 100, at::kCPU);
  EXPECT_TRUE(at::allclose(by.cosines, at::tensor({0.0, 0.0, 1.0, 0.1, 2.0, 0.2}).view({3, 2}).cos().to(at::kFloat)));
  const at::Tensor x = at::tensor({1.0F, 2.0F, 0.0F, 0.0F}).view({1, 4}).repeat({3, 1});
  const at::Tensor turned = rotate(x, 1, make_packing({3}, 0), by);
  EXPECT_TRUE(at::equal(turned[0], x[0])) << "place 0 turns nothing";
  EXPECT_TRUE(
      at::allclose(turned[2], at::tensor({std::cos(2.0F), 2 * std::cos(0.2F), std::sin(2.0F), 2 * std::sin(0.2F)})));
}

TEST(GatedGelu, MatchesTheReferenceForwardAndBackward) {
  at::manual_seed(9);
  for (const std::int64_t rows : {1, 5, 700}) {
    for (const std::int64_t columns : {1, 37, 1152}) {
      const at::Tensor x = leaf(3 * at::randn({rows, 2 * columns}));
      const at::Tensor grad = at::randn({rows, columns});
      const at::Tensor a = gated_gelu(x);
      const at::Tensor b = reference::gated_gelu(x);
      expect_close(a, b, "output");
      expect_close(torch::autograd::grad({a}, {x}, {grad})[0], torch::autograd::grad({b}, {x}, {grad})[0], "gradient");
    }
  }
}

class LayerNormTest : public testing::TestWithParam<std::tuple<int, int, double>> {};

TEST_P(LayerNormTest, MatchesTheReferenceForwardAndBackward) {
  at::manual_seed(2);
  const auto [rows, columns, p] = GetParam();
  const Dropout dropout{p, 7};
  std::vector<at::Tensor> fused{leaf(at::randn({rows, columns})), leaf(at::randn({columns})),
                                leaf(at::randn({rows, columns})), leaf(at::randn({columns})),
                                leaf(at::randn({columns}))};
  std::vector<at::Tensor> plain;
  plain.reserve(fused.size());
  for (const auto& x : fused) plain.push_back(leaf(x));
  const at::Tensor grad = at::randn({rows, columns});
  const at::Tensor a = add_layer_norm(fused[0], fused[1], fused[2], fused[3], fused[4], 1e-12, dropout);
  const at::Tensor b = reference::add_layer_norm(plain[0], plain[1], plain[2], plain[3], plain[4], 1e-12, dropout);
  expect_close(a, b, "output");
  a.backward(grad);
  b.backward(grad);
  for (std::size_t i = 0; i < fused.size(); ++i)
    expect_close(fused[i].grad(), plain[i].grad(), "gradient " + std::to_string(i));
}

TEST(LayerNorm, DoesWithoutABias) {
  const at::Tensor x = at::randn({3, 8});
  const at::Tensor weight = at::randn({8});
  EXPECT_TRUE(at::equal(add_layer_norm(x, {}, x, weight, {}, 1e-5, {}),
                        add_layer_norm(x, {}, x, weight, at::zeros({8}), 1e-5, {})));
}

INSTANTIATE_TEST_SUITE_P(OddSizes, LayerNormTest,
                         testing::Combine(testing::Values(1, 5, 64, 513), testing::Values(7, 37, 384),
                                          testing::Values(0.0, 0.1)));

/// Every set that this processor runs.
std::vector<const Kernels*> kernel_sets() {
  std::vector<const Kernels*> sets{&baseline::table};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) sets.push_back(&avx2::table);
  if (__builtin_cpu_supports("avx512dq")) sets.push_back(&avx512::table);
#endif
  return sets;
}

TEST(BiasGelu, MatchesTheReferenceForwardAndBackward) {
  at::manual_seed(4);
  for (const std::int64_t rows : {1, 5, 700}) {
    for (const std::int64_t columns : {3, 37, 1536}) {
      const at::Tensor x = leaf(3 * at::randn({rows, columns}));
      const at::Tensor bias = leaf(at::randn({columns}));
      const at::Tensor grad = at::randn({rows, columns});
      const at::Tensor a = bias_gelu(x, bias);
      const at::Tensor b = reference::bias_gelu(x, bias);
      expect_close(a, b, "output");
      const auto fused = torch::autograd::grad({a}, {x, bias}, {grad});
      const auto plain = torch::autograd::grad({b}, {x, bias}, {grad});
      expect_close(fused[0], plain[0], "gradient of x");
      expect_close(fused[1], plain[1], "gradient of the bias");
    }
  }
}

TEST(BiasGelu, HoldsOverTheWholeRange) {
  const at::Tensor x = at::cat({at::linspace(-14, 14, 20001), at::tensor({-1e4F, -100.0F, 0.0F, 100.0F, 1e4F})});
  const at::Tensor expected = at::gelu(x.to(at::kDouble));
  for (const Kernels* set : kernel_sets()) {
    at::Tensor out = at::empty_like(x);
    const at::Tensor bias = at::zeros_like(x);
    set->bias_gelu_forward(x.const_data_ptr<float>(), bias.const_data_ptr<float>(), out.mutable_data_ptr<float>(),
                           x.numel(), 0, 1);
    const at::Tensor error = (out - expected).abs() / expected.abs().clamp_min(1);
    EXPECT_LE(error.max().item<double>(), 3e-7) << set->name;
  }
}

TEST(JoinedLinear, IsTwoLinearLayersSideBySide) {
  at::manual_seed(5);
  const at::Tensor x = leaf(at::randn({7, 5}));
  const at::Tensor first = leaf(at::randn({3, 5}));
  const at::Tensor first_bias = leaf(at::randn({3}));
  const at::Tensor second = leaf(at::randn({4, 5}));
  const at::Tensor second_bias = leaf(at::randn({4}));
  const at::Tensor a = joined_linear(x, first, first_bias, second, second_bias);
  const at::Tensor b = at::cat({at::linear(x, first, first_bias), at::linear(x, second, second_bias)}, 1);
  expect_close(a, b, "output");
  const at::Tensor grad = at::randn({7, 7});
  const variable_list inputs{x, first, first_bias, second, second_bias};
  const auto fused = torch::autograd::grad({a}, inputs, {grad});
  const auto plain = torch::autograd::grad({b}, inputs, {grad});
  for (std::size_t i = 0; i < inputs.size(); ++i) expect_close(fused[i], plain[i], "gradient " + std::to_string(i));
}

TEST(JoinedLinear, LeavesFrozenWeightsWithoutGradients) {
  const at::Tensor x = leaf(at::ones({2, 5}));
  const at::Tensor frozen = at::ones({3, 5});
  joined_linear(x, frozen, at::ones({3}), frozen, at::ones({3})).sum().backward();
  EXPECT_FALSE(frozen.grad().defined());
  EXPECT_TRUE(at::equal(x.grad(), at::full({2, 5}, 6.0F)));
}

TEST(Dropout, EveryKernelSetDrawsTheSameMask) {
  const std::vector<const Kernels*> sets = kernel_sets();
  for (const std::int64_t columns : {1, 5, 16, 39, 384}) {
    std::vector<float> expected(static_cast<std::size_t>(9 * columns));
    baseline::table.dropout_mask(expected.data(), 0, 9, columns, {true, 99, 1U << 29U, 2.0F});
    for (const Kernels* set : sets) {
      std::vector<float> mask(expected.size());
      set->dropout_mask(mask.data(), 0, 4, columns, {true, 99, 1U << 29U, 2.0F});
      set->dropout_mask(mask.data(), 4, 9, columns, {true, 99, 1U << 29U, 2.0F});
      EXPECT_EQ(mask, expected) << set->name << " " << columns;
    }
  }
}

TEST(Dropout, KeepsTheExpectedShareAndScalesIt) {
  const at::Tensor mask = dropout_mask(500, 384, {0.1, 3}, at::kFloat);
  EXPECT_NEAR(mask.mean().item<double>(), 1.0, 0.005);
  EXPECT_NEAR(mask.max().item<double>(), 1.0 / 0.9, 1e-6);
  EXPECT_FALSE(at::equal(mask, dropout_mask(500, 384, {0.1, 4}, at::kFloat)));
  EXPECT_TRUE(at::equal(mask, dropout_mask(500, 384, {0.1, 3}, at::kFloat)));
}

TEST(MeanPool, AveragesEachSequence) {
  const Packing packing = make_packing({2, 3}, 4);
  const at::Tensor hidden = at::arange(18, at::kFloat).view({9, 2});
  EXPECT_TRUE(at::allclose(mean_pool(hidden, packing), at::tensor({1.0F, 2.0F, 6.0F, 7.0F}).view({2, 2})));
}

}  // namespace
