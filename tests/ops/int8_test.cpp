#include "transfer_tune/ops/int8.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace {

using tt::ops::Int8Linear;

/// The largest error of a product, as a share of what rounding can make of it: inputs to 7 bits of their range (and by
/// one step more at its ends), weights to 8 bits of their row's.
double worst(const at::Tensor& found, const at::Tensor& x, const at::Tensor& weight) {
  const at::Tensor zero = at::zeros({1});
  const at::Tensor step = (at::maximum(x.max(), zero) - at::minimum(x.min(), zero)) / 127;
  const at::Tensor weight_steps = weight.abs().amax(1) / 127;
  const at::Tensor bound = step * weight.abs().sum(1) + x.abs().sum(1, true) * weight_steps / 2 +
                           step * weight_steps * static_cast<double>(x.size(1)) / 2 + 1e-6;
  return ((found - at::linear(x, weight)).abs() / bound).max().item<double>();
}

class Int8 : public testing::Test {
  void SetUp() override {
    const auto& engines = at::globalContext().supportedQEngines();
    if (std::ranges::count(engines, at::QEngine::X86) == 0) GTEST_SKIP() << "this CPU has no 8-bit products";
    at::manual_seed(1);
  }
};

TEST_F(Int8, ProductsErrByNoMoreThanRoundingExplains) {
  for (const std::int64_t rows : {1, 5, 64, 301}) {
    for (const std::int64_t depth : {8, 33, 384}) {
      for (const std::int64_t columns : {1, 7, 77}) {
        const at::Tensor x = at::randn({rows, depth});
        const at::Tensor weight = at::randn({columns, depth});
        const at::Tensor bias = at::randn({columns});
        const std::string shape = std::to_string(rows) + "x" + std::to_string(depth) + "x" + std::to_string(columns);
        EXPECT_LE(worst(Int8Linear(weight)(x), x, weight), 1) << shape;
        EXPECT_LE(worst(Int8Linear(weight, bias)(x) - bias, x, weight), 1) << shape;
      }
    }
  }
}

/// Sums of neighbours must not overflow where they are kept in 16 bits.
TEST_F(Int8, TheLargestNumbersDoNotOverflow) {
  const at::Tensor x = at::full({3, 64}, 5.0);
  const at::Tensor weight = at::full({4, 64}, -2.0);
  EXPECT_LE(worst(Int8Linear(weight)(x), x, weight), 1);
}

TEST_F(Int8, AWeightOfZerosStaysOne) {
  const at::Tensor x = at::randn({3, 16});
  EXPECT_EQ(Int8Linear(at::zeros({4, 16}))(x).abs().max().item<float>(), 0);
}

TEST_F(Int8, CopiesShareTheWeights) {
  const at::Tensor x = at::randn({3, 16});
  const Int8Linear first(at::randn({4, 16}));
  const Int8Linear second(first);  // NOLINT(performance-unnecessary-copy-initialization): copying is what is tested
  EXPECT_TRUE(at::equal(first(x), second(x)));
}

}  // namespace
