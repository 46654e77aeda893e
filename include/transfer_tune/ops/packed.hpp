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
  /// Of the longest sequence.
  [[nodiscard]] std::int64_t longest() const;
  /// Each row's place in its sequence; 0 for dummies.
  [[nodiscard]] std::vector<std::int32_t> places() const;
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

/// What attention makes of places within a sequence; as it stands, nothing.
struct AttentionPlaces {
  /// [heads, 2·reach + 1], reach at least the longest sequence's length - 1: a score gets what stands at reach + the
  /// key's place - the query's. Undefined: nothing is added.
  at::Tensor bias{};
  /// Keys further than this from a query are not seen by it; negative: all are.
  std::int64_t window = -1;
  /// [2·reach + 1, heads·d], reach as of `bias`: a score gets the product of the query with the vector in the row where
  /// `bias` has its column. Undefined: nothing is added.
  at::Tensor of_queries{};
  /// The same for the product of the key with it.
  at::Tensor of_keys{};
};

/// Multi-head self-attention inside each sequence, softmax(QKᵀ/√d + bias)V with dropout on the probabilities,
/// differentiable. With products of places added to QKᵀ the root is of d times how many products there are. query:
/// [rows, heads·d], or [sequences, heads·d] for each sequence's first token alone; key_value: [rows, 2·heads·d], keys
/// left of values. The result is shaped as `query`, zero in the dummy rows.
[[nodiscard]] at::Tensor attention(const at::Tensor& query, const at::Tensor& key_value, const Packing& packing,
                                   std::int64_t num_heads, const Dropout& dropout, const AttentionPlaces& places = {});

/// The same of one tensor [rows, 3·heads·d]: queries left of keys left of values.
[[nodiscard]] at::Tensor self_attention(const at::Tensor& query_key_value, const Packing& packing,
                                        std::int64_t num_heads, const Dropout& dropout,
                                        const AttentionPlaces& places = {});

/// By what angles a place turns the pairs of a head's values.
struct Rotation {
  at::Tensor cosines;  ///< [places, d/2]
  at::Tensor sines;    ///< likewise
};
/// The angles place · theta^(-2k/d) of pairs k of heads of width `head_dim`.
[[nodiscard]] Rotation rotation(std::int64_t places, std::int64_t head_dim, double theta, at::Device device);
/// Turns the leftmost `heads` heads of each row by the row's place in its sequence, element c of a head with c + d/2;
/// columns behind them stay. Differentiable. x: [rows, at least heads·d].
[[nodiscard]] at::Tensor rotate(const at::Tensor& x, std::int64_t heads, const Packing& packing, const Rotation& by);

/// Whether `query` holds first tokens alone.
[[nodiscard]] inline bool is_first_only(const at::Tensor& query, const Packing& packing) {
  return query.size(0) != packing.rows;
}

/// LayerNorm(dropout(x + x_bias) + residual) · weight + bias over the last dimension, differentiable in all five.
/// `x_bias` and `bias` may be undefined.
[[nodiscard]] at::Tensor add_layer_norm(const at::Tensor& x, const at::Tensor& x_bias, const at::Tensor& residual,
                                        const at::Tensor& weight, const at::Tensor& bias, double eps,
                                        const Dropout& dropout);

/// (x + bias)·Φ(x + bias), the exact GELU, differentiable in both. x: [rows, columns], bias: [columns] or undefined.
[[nodiscard]] at::Tensor bias_gelu(const at::Tensor& x, const at::Tensor& bias);

/// gelu(left)·right of x [rows, 2·columns], its left half and its right: [rows, columns], exact, differentiable.
[[nodiscard]] at::Tensor gated_gelu(const at::Tensor& x);

/// The mean of each sequence's rows, differentiable: [rows, hidden] → [sequences, hidden].
[[nodiscard]] at::Tensor mean_pool(const at::Tensor& hidden, const Packing& packing);

/// Plain ATen versions: what the kernels are tested against, and what runs where no kernel does (CUDA, double
/// backward, other CPUs).
namespace reference {
[[nodiscard]] at::Tensor attention(const at::Tensor& query, const at::Tensor& key_value, const Packing& packing,
                                   std::int64_t num_heads, const Dropout& dropout, const AttentionPlaces& places = {});
[[nodiscard]] at::Tensor rotate(const at::Tensor& x, std::int64_t heads, const Packing& packing, const Rotation& by);
[[nodiscard]] at::Tensor add_layer_norm(const at::Tensor& x, const at::Tensor& x_bias, const at::Tensor& residual,
                                        const at::Tensor& weight, const at::Tensor& bias, double eps,
                                        const Dropout& dropout);
[[nodiscard]] at::Tensor bias_gelu(const at::Tensor& x, const at::Tensor& bias);
[[nodiscard]] at::Tensor gated_gelu(const at::Tensor& x);
}  // namespace reference

}  // namespace tt::ops
