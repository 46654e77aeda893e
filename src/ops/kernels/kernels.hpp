#pragma once

#include <cstdint>

// Row kernels on raw float pointers, compiled once per instruction set and chosen at run time. They touch only the
// rows they are given, so that the caller may spread them over threads.

namespace tt::ops {

/// Keep an element when its 32-bit draw is at least `threshold`; kept ones are scaled by `scale`.
struct KernelDropout {
  bool active = false;
  std::uint64_t key = 0;
  std::uint32_t threshold = 0;
  float scale = 1;
};

/// The first Philox block of the attention mask of query row `row` and `head`: room for 65,536 keys.
[[gnu::always_inline]] inline std::uint64_t attention_mask_block(std::int64_t row, std::int64_t heads,
                                                                 std::int64_t head) {
  return static_cast<std::uint64_t>(row * heads + head) << 14U;
}

struct AttentionForward {
  const float* query;
  const float* key;
  const float* value;
  float* output;
  std::int64_t heads;
  std::int64_t head_dim;
  std::int64_t query_stride;  ///< elements between rows
  std::int64_t key_stride;    ///< of keys and of values
  std::int64_t output_stride;
  const float* bias;  ///< [heads, 2·reach + 1], added to scores by key's less query's place; null: none
  std::int64_t reach;
  std::int64_t window;  ///< keys further than this from a query are not seen; negative: all are
  /// [2·reach + 1, heads·head_dim]: what queries' products with join the scores, a row where `bias` has its column;
  /// null: none
  const float* of_queries;
  const float* of_keys;  ///< the same for keys; there, where `of_queries` is
  /// Both transposed, [heads·head_dim, place_columns], with kMostLanes columns behind the last.
  const float* of_queries_transposed;
  const float* of_keys_transposed;
  std::int64_t place_columns;
  float scale;  ///< of products
};

/// Of a vector of any set.
constexpr std::int64_t kMostLanes = 16;

/// Gradients are laid out as what they are of; each element of a task's head is written by that task alone.
struct AttentionBackward {
  AttentionForward forward;  ///< `output` is not read
  const float* grad_output;
  float* grad_query;
  float* grad_key;
  float* grad_value;
  float* grad_bias;        ///< null: not asked for; else this caller's own accumulators, as it is
  float* grad_of_queries;  ///< likewise
  float* grad_of_keys;
};

/// One head of one sequence. Query i stands at place i of it.
struct AttentionTask {
  std::int64_t first;  ///< its rows among keys and values
  std::int64_t length;
  std::int64_t first_query;  ///< its rows among queries and outputs
  std::int64_t queries;
  std::int64_t head;
};

/// Turns pairs (c, c + half) of heads, the leftmost columns of a row, by the angles of the row's place.
struct RotateArgs {
  const float* x;
  float* output;
  const std::int32_t* places;  ///< one per row
  const float* cosines;        ///< [places, half]
  const float* sines;
  std::int64_t columns;  ///< those behind the heads are copied
  std::int64_t heads;
  std::int64_t half;
  float direction;  ///< 1, or -1 to turn back
};

struct LayerNormForward {
  const float* x;
  const float* x_bias;
  const float* residual;
  const float* weight;
  const float* bias;
  float* sum;   ///< dropout(x + x_bias) + residual, kept for the backward pass
  float* mean;  ///< one per row
  float* rstd;
  float* output;
  std::int64_t columns;
  float eps;
};

struct LayerNormBackward {
  const float* grad;
  const float* sum;
  const float* mean;
  const float* rstd;
  const float* weight;
  float* grad_x;  ///< written with dropout alone: without, it equals grad_residual
  float* grad_residual;
  float* grad_x_bias;  ///< this caller's own accumulators [columns]; likewise below
  float* grad_weight;
  float* grad_bias;
  std::int64_t columns;
};

struct AdamWSlice {
  float* value;
  const float* grad;  ///< null: zero
  float* first_moment;
  float* second_moment;
  const float* start;  ///< null: no pull
  std::int64_t count;
  float kept;  ///< 1 - rate·decay
  float beta1;
  float beta2;
  float step_size;                ///< rate / (1 - beta1ⁿ)
  float inverse_root_correction;  ///< 1 / √(1 - beta2ⁿ)
  float epsilon;
  float inverse_grad_scale;
  float pull;  ///< rate·l2_sp
};

/// x · weightᵀ + bias, where few rows make packing the weights, as large products do, cost more than multiplying.
struct LinearArgs {
  const float* x;       ///< [rows, depth]
  const float* weight;  ///< [columns, depth]
  const float* bias;    ///< [columns], or null
  float* output;
  std::int64_t rows;
  std::int64_t depth;
  std::int64_t x_stride;       ///< elements between rows
  std::int64_t output_stride;  ///< likewise
};

/// Multinomial logistic regression over given features: its loss and gradient.
struct SoftmaxRegressionArgs {
  const float* features;  ///< [rows, columns]
  const float* weight;    ///< [columns, stride], transposed; columns of labels behind the last are read, not used
  const float* bias;      ///< [stride]
  const std::int32_t* labels;
  const float* targets;  ///< [rows, num_labels], each row's sum 1, in place of labels; null: the labels
  const float* row_weights;
  std::int64_t columns;
  std::int64_t num_labels;
  std::int64_t stride;  ///< num_labels rounded up to whole vectors (kLabelMultiple)
  float own_share;      ///< the part of a row's target that is its label's alone, or as `targets` has it
  float common_share;   ///< the part that every label gets
};

/// A multiple of every set's vector length.
constexpr std::int64_t kLabelMultiple = kMostLanes;

struct Kernels {
  const char* name;
  /// Scaled mask for rows [begin, end) of a [*, columns] tensor.
  void (*dropout_mask)(float* mask, std::int64_t begin, std::int64_t end, std::int64_t columns, KernelDropout dropout);
  void (*layer_norm_forward)(const LayerNormForward& args, std::int64_t begin, std::int64_t end, KernelDropout dropout);
  void (*layer_norm_backward)(const LayerNormBackward& args, std::int64_t begin, std::int64_t end,
                              KernelDropout dropout);
  /// gelu(x + bias), exact (erf).
  void (*bias_gelu_forward)(const float* x, const float* bias, float* output, std::int64_t columns, std::int64_t begin,
                            std::int64_t end);
  /// `grad_bias` are this caller's own accumulators [columns].
  void (*bias_gelu_backward)(const float* grad, const float* x, const float* bias, float* grad_x, float* grad_bias,
                             std::int64_t columns, std::int64_t begin, std::int64_t end);
  /// gelu(left) · right of rows [left | right], each [columns].
  void (*gated_gelu_forward)(const float* x, float* output, std::int64_t columns, std::int64_t begin, std::int64_t end);
  void (*gated_gelu_backward)(const float* grad, const float* x, float* grad_x, std::int64_t columns,
                              std::int64_t begin, std::int64_t end);
  void (*rotate)(const RotateArgs& args, std::int64_t begin, std::int64_t end);
  /// Floats of scratch that one call of the attention kernels needs.
  std::int64_t (*attention_scratch)(std::int64_t queries, std::int64_t length, std::int64_t head_dim);
  void (*attention_forward)(const AttentionForward& args, AttentionTask task, KernelDropout dropout, float* scratch);
  void (*attention_backward)(const AttentionBackward& args, AttentionTask task, KernelDropout dropout, float* scratch);
  double (*sum_squares)(const float* values, std::int64_t count);
  void (*adamw)(const AdamWSlice& slice);
  /// Floats of scratch that one call of `linear` needs.
  std::int64_t (*linear_scratch)(const LinearArgs& args);
  /// Columns [begin, end) of the output.
  void (*linear)(const LinearArgs& args, std::int64_t begin, std::int64_t end, float* scratch);
  /// Floats of scratch that one call of `softmax_regression` needs.
  std::int64_t (*softmax_regression_scratch)(const SoftmaxRegressionArgs& args);
  /// The weighted loss of rows [begin, end). `grad` [num_labels, columns] and `grad_bias` [stride] are this caller's
  /// own accumulators.
  double (*softmax_regression)(const SoftmaxRegressionArgs& args, std::int64_t begin, std::int64_t end, float* grad,
                               float* grad_bias, float* scratch);
};

/// The fastest set that this processor runs.
[[nodiscard]] const Kernels& kernels();

namespace baseline {
extern const Kernels table;
}
#if defined(__x86_64__)
namespace avx2 {
extern const Kernels table;
}
namespace avx512 {
extern const Kernels table;
}
#endif

}  // namespace tt::ops
