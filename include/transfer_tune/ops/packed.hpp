#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace tt::ops {

/// Several sequences laid end to end in the rows of one [rows, hidden] tensor. Rows behind the last sequence are
/// dummies that round the batch up so that shapes repeat; no sequence attends to them.
struct Packing {
  std::vector<std::int32_t> offsets{0};  ///< sequence s has rows offsets[s] .. offsets[s+1]-1
  std::int64_t rows = 0;                 ///< dummies included

  [[nodiscard]] std::int64_t sequences() const { return static_cast<std::int64_t>(offsets.size()) - 1; }
  [[nodiscard]] std::int64_t length(std::int64_t s) const { return offsets[s + 1] - offsets[s]; }
};

/// Dropout whose mask depends on the key and the element alone; `p` 0: none.
struct Dropout {
  double p = 0;
  std::uint64_t key = 0;
};

/// The scaled keep-mask (0 or 1/(1-p)) for a [rows, columns] tensor, as every op below draws it.
[[nodiscard]] at::Tensor dropout_mask(std::int64_t rows, std::int64_t columns, const Dropout& dropout,
                                      const at::TensorOptions& options);

/// x * mask, differentiable; x itself when p is 0. x: [rows, columns].
[[nodiscard]] at::Tensor dropout(const at::Tensor& x, const Dropout& dropout);

/// x · weightᵀ + bias, differentiable; `bias` may be undefined.
[[nodiscard]] at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias = {});

/// Two linear layers over the same input, side by side: [x·firstᵀ + first_bias | x·secondᵀ + second_bias],
/// differentiable; biases may be undefined.
[[nodiscard]] at::Tensor joined_linear(const at::Tensor& x, const at::Tensor& first, const at::Tensor& first_bias,
                                       const at::Tensor& second, const at::Tensor& second_bias);

/// Multi-head self-attention inside each sequence, softmax(QKᵀ/√d)V with dropout on the probabilities, differentiable.
/// query: [rows, heads·d], or [sequences, heads·d] for each sequence's first token alone; key_value: [rows, 2·heads·d],
/// keys left of values. The result is shaped as `query`, zero in the dummy rows.
[[nodiscard]] at::Tensor attention(const at::Tensor& query, const at::Tensor& key_value, const Packing& packing,
                                   std::int64_t num_heads, const Dropout& dropout);

/// Whether `query` holds first tokens alone.
[[nodiscard]] inline bool is_first_only(const at::Tensor& query, const Packing& packing) {
  return query.size(0) != packing.rows;
}

/// LayerNorm(dropout(x + x_bias) + residual) · weight + bias over the last dimension, differentiable in all five.
/// `x_bias` may be undefined.
[[nodiscard]] at::Tensor add_layer_norm(const at::Tensor& x, const at::Tensor& x_bias, const at::Tensor& residual,
                                        const at::Tensor& weight, const at::Tensor& bias, double eps,
                                        const Dropout& dropout);

/// (x + bias)·Φ(x + bias), the exact GELU, differentiable in both. x: [rows, columns], bias: [columns] or undefined.
[[nodiscard]] at::Tensor bias_gelu(const at::Tensor& x, const at::Tensor& bias);

/// The mean of each sequence's rows, differentiable: [rows, hidden] → [sequences, hidden].
[[nodiscard]] at::Tensor mean_pool(const at::Tensor& hidden, const Packing& packing);

/// Plain ATen versions: what the kernels are tested against, and what runs where no kernel does (CUDA, double
/// backward, other CPUs).
namespace reference {
[[nodiscard]] at::Tensor attention(const at::Tensor& query, const at::Tensor& key_value, const Packing& packing,
                                   std::int64_t num_heads, const Dropout& dropout);
[[nodiscard]] at::Tensor add_layer_norm(const at::Tensor& x, const at::Tensor& x_bias, const at::Tensor& residual,
                                        const at::Tensor& weight, const at::Tensor& bias, double eps,
                                        const Dropout& dropout);
[[nodiscard]] at::Tensor bias_gelu(const at::Tensor& x, const at::Tensor& bias);
}  // namespace reference

}  // namespace tt::ops
