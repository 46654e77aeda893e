#include "transfer_tune/ops/packed.hpp"

#include "ops/kernels/kernels.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using namespace tt::ops;

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

struct Shape {
  std::vector<int> lengths;
  int dummies;
  int heads;
  int head_dim;
  double p;
};

class AttentionTest : public testing::TestWithParam<Shape> {};

TEST_P(AttentionTest, MatchesTheReferenceForwardAndBackward) {
  at::manual_seed(1);
  const Shape& shape = GetParam();
  const Packing packing = make_packing(shape.lengths, shape.dummies);
  const std::int64_t hidden = shape.heads * shape.head_dim;
  // Slices of one tensor: rows that are not contiguous.
  const at::Tensor qkv = at::randn({packing.rows, 3 * hidden});
  const Dropout dropout{shape.p, 42};
  std::vector<at::Tensor> fused;
  std::vector<at::Tensor> plain;
  for (int i = 0; i < 3; ++i) {
    fused.push_back(leaf(qkv).narrow(1, i * hidden, hidden));
    plain.push_back(leaf(qkv.narrow(1, i * hidden, hidden)));
  }
  for (auto& x : fused) x.retain_grad();
  const at::Tensor grad = at::randn({packing.rows, hidden});
  const at::Tensor a = attention(fused[0], fused[1], fused[2], packing, shape.heads, dropout);
  const at::Tensor b = reference::attention(plain[0], plain[1], plain[2], packing, shape.heads, dropout);
  expect_close(a, b, "output");
  a.backward(grad);
  b.backward(grad);
  for (int i = 0; i < 3; ++i) expect_close(fused[i].grad(), plain[i].grad(), "gradient " + std::to_string(i));
  EXPECT_EQ(a.narrow(0, packing.offsets.back(), shape.dummies).abs().sum().item<float>(), 0);
}

INSTANTIATE_TEST_SUITE_P(OddSizes, AttentionTest,
                         testing::Values(Shape{{1}, 0, 1, 1, 0}, Shape{{3, 1, 7}, 2, 2, 5, 0},
                                         Shape{{16, 17, 15, 33}, 63, 12, 32, 0}, Shape{{16, 17, 5, 128}, 7, 3, 32, 0.1},
                                         Shape{{2, 9}, 0, 4, 8, 0.5}, Shape{{511}, 1, 1, 64, 0.1}));

class LayerNormTest : public testing::TestWithParam<std::tuple<int, int, double>> {};

TEST_P(LayerNormTest, MatchesTheReferenceForwardAndBackward) {
  at::manual_seed(2);
  const auto [rows, columns, p] = GetParam();
  const Dropout dropout{p, 7};
  std::vector<at::Tensor> fused{leaf(at::randn({rows, columns})), leaf(at::randn({rows, columns})),
                                leaf(at::randn({columns})), leaf(at::randn({columns}))};
  std::vector<at::Tensor> plain;
  for (const auto& x : fused) plain.push_back(leaf(x));
  const at::Tensor grad = at::randn({rows, columns});
  const at::Tensor a = add_layer_norm(fused[0], fused[1], fused[2], fused[3], 1e-12, dropout);
  const at::Tensor b = reference::add_layer_norm(plain[0], plain[1], plain[2], plain[3], 1e-12, dropout);
  expect_close(a, b, "output");
  a.backward(grad);
  b.backward(grad);
  for (std::size_t i = 0; i < fused.size(); ++i)
    expect_close(fused[i].grad(), plain[i].grad(), "gradient " + std::to_string(i));
}

INSTANTIATE_TEST_SUITE_P(OddSizes, LayerNormTest,
                         testing::Combine(testing::Values(1, 5, 64, 513), testing::Values(3, 37, 384),
                                          testing::Values(0.0, 0.1)));

TEST(Dropout, EveryKernelSetDrawsTheSameMask) {
  std::vector<const Kernels*> sets{&baseline::table};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) sets.push_back(&avx2::table);
  if (__builtin_cpu_supports("avx512dq")) sets.push_back(&avx512::table);
#endif
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
