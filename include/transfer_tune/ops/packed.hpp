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

/// Multi-head self-attention inside each sequence, softmax(QKᵀ/√d)V with dropout on the probabilities, differentiable.
/// query, key, value: [rows, heads·d]; result: the same, zero in the dummy rows.
[[nodiscard]] at::Tensor attention(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                                   const Packing& packing, std::int64_t num_heads, const Dropout& dropout);

/// LayerNorm(dropout(x) + residual) · weight + bias over the last dimension, differentiable in all four.
[[nodiscard]] at::Tensor add_layer_norm(const at::Tensor& x, const at::Tensor& residual, const at::Tensor& weight,
                                        const at::Tensor& bias, double eps, const Dropout& dropout);

/// The mean of each sequence's rows, differentiable: [rows, hidden] → [sequences, hidden].
[[nodiscard]] at::Tensor mean_pool(const at::Tensor& hidden, const Packing& packing);

/// Plain ATen versions: what the kernels are tested against, and what runs where no kernel does (CUDA, double
/// backward, other CPUs).
namespace reference {
[[nodiscard]] at::Tensor attention(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                                   const Packing& packing, std::int64_t num_heads, const Dropout& dropout);
[[nodiscard]] at::Tensor add_layer_norm(const at::Tensor& x, const at::Tensor& residual, const at::Tensor& weight,
                                        const at::Tensor& bias, double eps, const Dropout& dropout);
[[nodiscard]] at::Tensor mean_pool(const at::Tensor& hidden, const Packing& packing);
}  // namespace reference

}  // namespace tt::ops
