#include "transfer_tune/core/random.hpp"
#include "transfer_tune/ops/packed.hpp"

#include "ops/kernels/kernels.hpp"
#include "ops/threshold.hpp"

#include <ATen/ATen.h>

#include <cmath>

namespace tt::ops::reference {
namespace {

/// The scaled keep-mask [heads, length, length] of one sequence's attention.
at::Tensor attention_mask(std::int64_t first, std::int64_t length, std::int64_t heads, const Dropout& dropout,
                          const at::TensorOptions& options) {
  at::Tensor mask = at::empty({heads, length, length}, at::kDouble);
  double* out = mask.mutable_data_ptr<double>();
  for (std::int64_t head = 0; head < heads; ++head) {
    for (std::int64_t i = 0; i < length; ++i) {
      const std::uint64_t block = attention_mask_block(first + i, heads, head);
      for (std::int64_t j = 0; j < length; ++j) {
        const auto draws = philox(dropout.key, block + static_cast<std::uint64_t>(j / 4));
        *out++ = draws[static_cast<std::size_t>(j % 4)] >= keep_threshold(dropout.p) ? 1.0 / (1.0 - dropout.p) : 0.0;
      }
    }
  }
  return mask.to(options);
}

}  // namespace

at::Tensor attention(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value, const Packing& packing,
                     std::int64_t num_heads, const Dropout& dropout) {
  const std::int64_t head_dim = query.size(1) / num_heads;
  std::vector<at::Tensor> outputs;
  for (std::int64_t s = 0; s < packing.sequences(); ++s) {
    const std::int64_t first = packing.offsets[s];
    const std::int64_t length = packing.length(s);
    const auto heads = [&](const at::Tensor& x) {
      return x.narrow(0, first, length).view({length, num_heads, head_dim}).transpose(0, 1);
    };
    at::Tensor probabilities = at::softmax(
        at::matmul(heads(query), heads(key).transpose(1, 2)) / std::sqrt(static_cast<double>(head_dim)), -1);
    if (dropout.p > 0) {
      probabilities =
          probabilities * attention_mask(first, length, num_heads, dropout, query.options().requires_grad(false));
    }
    outputs.push_back(at::matmul(probabilities, heads(value)).transpose(0, 1).reshape({length, query.size(1)}));
  }
  const std::int64_t dummies = packing.rows - packing.offsets.back();
  if (dummies > 0) outputs.push_back(at::zeros({dummies, query.size(1)}, query.options().requires_grad(false)));
  return at::cat(outputs);
}

at::Tensor add_layer_norm(const at::Tensor& x, const at::Tensor& residual, const at::Tensor& weight,
                          const at::Tensor& bias, double eps, const Dropout& dropout) {
  return at::layer_norm(ops::dropout(x, dropout) + residual, {x.size(1)}, weight, bias, eps);
}

at::Tensor mean_pool(const at::Tensor& hidden, const Packing& packing) {
  std::vector<std::int64_t> lengths;
  for (std::int64_t s = 0; s < packing.sequences(); ++s) lengths.push_back(packing.length(s));
  const at::Tensor counts = at::tensor(lengths, at::kLong).to(hidden.device());
  const at::Tensor sequence = at::repeat_interleave(counts);
  const at::Tensor sums = at::zeros({packing.sequences(), hidden.size(1)}, hidden.options().requires_grad(false))
                              .index_add(0, sequence, hidden.narrow(0, 0, packing.offsets.back()));
  return sums / counts.to(hidden.scalar_type()).unsqueeze(1);
}

}  // namespace tt::ops::reference
