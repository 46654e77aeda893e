// Included once per instruction set with TT_KERNEL_SET naming the namespace. Plain loops over plain arrays that the
// compiler vectorises; no library templates, whose shared copies would carry one set's instructions everywhere.

#include "ops/kernels/kernels.hpp"

#include "transfer_tune/core/philox.hpp"

#include <math.h>
#include <stdint.h>

namespace tt::ops::TT_KERNEL_SET {
namespace {

constexpr int64_t kLanes = 16;  // scratch rows are padded to this many floats

int64_t padded(int64_t n) { return (n + kLanes - 1) / kLanes * kLanes; }

/// eˣ for x ≤ 0 by range reduction to |r| ≤ ln2/2 and the Taylor polynomial of degree 7: relative error under 2e-7.
[[gnu::always_inline]] inline float exp_nonpositive(float x) {
  x = x < -87.0F ? -87.0F : x;
  const float shifted = x * 1.44269504F + 12582912.0F;  // 1.5·2²³: the sum's low bits hold the rounded integer
  const float n = shifted - 12582912.0F;
  const float r = (x - n * 0.693359375F) + n * 2.12194440e-4F;
  float p = 1.0F / 5040.0F;
  p = p * r + 1.0F / 720.0F;
  p = p * r + 1.0F / 120.0F;
  p = p * r + 1.0F / 24.0F;
  p = p * r + 1.0F / 6.0F;
  p = p * r + 0.5F;
  p = p * r + 1.0F;
  p = p * r + 1.0F;
  union {
    int32_t bits;
    float value;
  } power;
  power.bits = (static_cast<int32_t>(n) + 127) << 23;
  return p * power.value;
}

/// Scaled keep-mask of one row; element c draws word c%4 of the Philox block first + c/4.
void mask_row(float* mask, uint64_t first, int64_t columns, const KernelDropout& dropout) {
  const int64_t whole = columns / 4;
#pragma omp simd
  for (int64_t block = 0; block < whole; ++block) {
    const uint64_t counter = first + static_cast<uint64_t>(block);
    uint32_t x0 = static_cast<uint32_t>(counter);
    uint32_t x1 = static_cast<uint32_t>(counter >> 32U);
    uint32_t x2 = 0;
    uint32_t x3 = 0;
    philox_rounds(dropout.key, x0, x1, x2, x3);
    mask[4 * block] = x0 >= dropout.threshold ? dropout.scale : 0.0F;
    mask[4 * block + 1] = x1 >= dropout.threshold ? dropout.scale : 0.0F;
    mask[4 * block + 2] = x2 >= dropout.threshold ? dropout.scale : 0.0F;
    mask[4 * block + 3] = x3 >= dropout.threshold ? dropout.scale : 0.0F;
  }
  if (4 * whole < columns) {
    const uint64_t counter = first + static_cast<uint64_t>(whole);
    uint32_t x[4] = {static_cast<uint32_t>(counter), static_cast<uint32_t>(counter >> 32U), 0, 0};
    philox_rounds(dropout.key, x[0], x[1], x[2], x[3]);
    for (int64_t c = 4 * whole; c < columns; ++c)
      mask[c] = x[c - 4 * whole] >= dropout.threshold ? dropout.scale : 0.0F;
  }
}

/// The first block of row `row` in a [*, columns] tensor.
uint64_t first_block(int64_t row, int64_t columns) {
  return static_cast<uint64_t>(row) * static_cast<uint64_t>((columns + 3) / 4);
}

void dropout_mask(float* mask, int64_t begin, int64_t end, int64_t columns, KernelDropout dropout) {
  for (int64_t row = begin; row < end; ++row)
    mask_row(mask + row * columns, first_block(row, columns), columns, dropout);
}

void layer_norm_forward(const LayerNormForward& a, int64_t begin, int64_t end, KernelDropout dropout) {
  const int64_t n = a.columns;
  const float inverse = 1.0F / static_cast<float>(n);
  for (int64_t row = begin; row < end; ++row) {
    const float* x = a.x + row * n;
    const float* residual = a.residual + row * n;
    float* sum = a.sum + row * n;
    float* output = a.output + row * n;
    float total = 0;
    if (dropout.active) {
      mask_row(sum, first_block(row, n), n, dropout);
#pragma omp simd reduction(+ : total)
      for (int64_t c = 0; c < n; ++c) {
        sum[c] = sum[c] * x[c] + residual[c];
        total += sum[c];
      }
    } else {
#pragma omp simd reduction(+ : total)
      for (int64_t c = 0; c < n; ++c) {
        sum[c] = x[c] + residual[c];
        total += sum[c];
      }
    }
    const float mean = total * inverse;
    float squares = 0;
#pragma omp simd reduction(+ : squares)
    for (int64_t c = 0; c < n; ++c) squares += (sum[c] - mean) * (sum[c] - mean);
    const float rstd = 1.0F / sqrtf(squares * inverse + a.eps);
    a.mean[row] = mean;
    a.rstd[row] = rstd;
#pragma omp simd
    for (int64_t c = 0; c < n; ++c) output[c] = (sum[c] - mean) * rstd * a.weight[c] + a.bias[c];
  }
}

void layer_norm_backward(const LayerNormBackward& a, int64_t begin, int64_t end, KernelDropout dropout) {
  const int64_t n = a.columns;
  const float inverse = 1.0F / static_cast<float>(n);
  for (int64_t row = begin; row < end; ++row) {
    const float* grad = a.grad + row * n;
    const float* sum = a.sum + row * n;
    float* out = a.grad_residual + row * n;
    const float mean = a.mean[row];
    const float rstd = a.rstd[row];
    float dot = 0;
    float total = 0;
#pragma omp simd reduction(+ : dot, total)
    for (int64_t c = 0; c < n; ++c) {
      const float normal = (sum[c] - mean) * rstd;
      const float scaled = grad[c] * a.weight[c];
      a.grad_weight[c] += grad[c] * normal;
      a.grad_bias[c] += grad[c];
      dot += scaled * normal;
      total += scaled;
    }
    const float mean_dot = dot * inverse;
    const float mean_total = total * inverse;
#pragma omp simd
    for (int64_t c = 0; c < n; ++c) {
      const float normal = (sum[c] - mean) * rstd;
      out[c] = rstd * (grad[c] * a.weight[c] - mean_total - normal * mean_dot);
    }
    if (a.grad_x != nullptr) {
      float* grad_x = a.grad_x + row * n;
      mask_row(grad_x, first_block(row, n), n, dropout);
#pragma omp simd
      for (int64_t c = 0; c < n; ++c) grad_x[c] *= out[c];
    }
  }
}

/// Scratch of the attention kernels: Kᵀ and Vᵀ [head_dim, padded length], then three rows of the padded length.
int64_t attention_scratch(int64_t length, int64_t head_dim) { return padded(length) * (2 * head_dim + 3) + kLanes; }

/// `rows` [length, head_dim] with `stride`, transposed into `out` [head_dim, width], the rest of each row zero.
void transpose(const float* rows, int64_t stride, int64_t length, int64_t head_dim, int64_t width, float* out) {
  for (int64_t c = 0; c < head_dim; ++c) {
    for (int64_t j = 0; j < length; ++j) out[c * width + j] = rows[j * stride + c];
    for (int64_t j = length; j < width; ++j) out[c * width + j] = 0;
  }
}

/// out[j] = Σ_c row[c] · transposed[c][j]
[[gnu::always_inline]] inline void row_times(const float* row, const float* transposed, int64_t head_dim, int64_t width,
                                             float* out) {
  for (int64_t base = 0; base < width; base += kLanes) {
    float sum[kLanes] = {};
    for (int64_t c = 0; c < head_dim; ++c) {
      const float factor = row[c];
      const float* column = transposed + c * width + base;
#pragma omp simd
      for (int64_t j = 0; j < kLanes; ++j) sum[j] += factor * column[j];
    }
#pragma omp simd
    for (int64_t j = 0; j < kLanes; ++j) out[base + j] = sum[j];
  }
}

/// Softmax over the first `length` of `width` values, in place; what lies behind becomes 0.
[[gnu::always_inline]] inline void softmax_row(float* values, int64_t length, int64_t width, float scale) {
  float largest = values[0];
#pragma omp simd reduction(max : largest)
  for (int64_t j = 0; j < length; ++j) largest = values[j] > largest ? values[j] : largest;
  float total = 0;
#pragma omp simd reduction(+ : total)
  for (int64_t j = 0; j < length; ++j) {
    values[j] = exp_nonpositive((values[j] - largest) * scale);
    total += values[j];
  }
  const float inverse = 1.0F / total;
#pragma omp simd
  for (int64_t j = 0; j < length; ++j) values[j] *= inverse;
  for (int64_t j = length; j < width; ++j) values[j] = 0;
}

/// The probabilities of query row i before dropout in `probabilities`; the dropout mask in `mask` when active.
[[gnu::always_inline]] inline void probabilities_row(const float* query, const float* keys, const AttentionShape& shape,
                                                     int64_t row, int64_t head, int64_t length, int64_t width,
                                                     const KernelDropout& dropout, float* probabilities, float* mask) {
  row_times(query, keys, shape.head_dim, width, probabilities);
  softmax_row(probabilities, length, width, 1.0F / sqrtf(static_cast<float>(shape.head_dim)));
  if (dropout.active) mask_row(mask, attention_mask_block(row, shape.heads, head), length, dropout);
}

void attention_forward(const float* query, const float* key, const float* value, float* output,
                       const AttentionShape& shape, int64_t first, int64_t length, int64_t head, KernelDropout dropout,
                       float* scratch) {
  const int64_t d = shape.head_dim;
  const int64_t width = padded(length);
  float* keys = scratch;
  float* probabilities = keys + 2 * d * width;
  float* mask = probabilities + width;
  transpose(key + first * shape.key_stride + head * d, shape.key_stride, length, d, width, keys);
  for (int64_t i = 0; i < length; ++i) {
    probabilities_row(query + (first + i) * shape.query_stride + head * d, keys, shape, first + i, head, length, width,
                      dropout, probabilities, mask);
    if (dropout.active) {
#pragma omp simd
      for (int64_t j = 0; j < length; ++j) probabilities[j] *= mask[j];
    }
    float* out = output + (first + i) * shape.output_stride + head * d;
    for (int64_t c = 0; c < d; ++c) out[c] = 0;
    for (int64_t j = 0; j < length; ++j) {
      const float* v = value + (first + j) * shape.value_stride + head * d;
      const float p = probabilities[j];
#pragma omp simd
      for (int64_t c = 0; c < d; ++c) out[c] += p * v[c];
    }
  }
}

void attention_backward(const float* query, const float* key, const float* value, const float* grad_output,
                        float* grad_query, float* grad_key, float* grad_value, const AttentionShape& shape,
                        int64_t first, int64_t length, int64_t head, KernelDropout dropout, float* scratch) {
  const int64_t d = shape.head_dim;
  const int64_t grad_stride = shape.heads * d;
  const int64_t width = padded(length);
  const float scale = 1.0F / sqrtf(static_cast<float>(d));
  float* keys = scratch;
  float* values = keys + d * width;
  float* probabilities = values + d * width;
  float* mask = probabilities + width;
  float* grad_scores = mask + width;
  transpose(key + first * shape.key_stride + head * d, shape.key_stride, length, d, width, keys);
  transpose(value + first * shape.value_stride + head * d, shape.value_stride, length, d, width, values);
  for (int64_t j = 0; j < length; ++j) {
    float* dk = grad_key + (first + j) * grad_stride + head * d;
    float* dv = grad_value + (first + j) * grad_stride + head * d;
    for (int64_t c = 0; c < d; ++c) dk[c] = dv[c] = 0;
  }
  for (int64_t i = 0; i < length; ++i) {
    const float* q = query + (first + i) * shape.query_stride + head * d;
    const float* go = grad_output + (first + i) * grad_stride + head * d;
    float* dq = grad_query + (first + i) * grad_stride + head * d;
    probabilities_row(q, keys, shape, first + i, head, length, width, dropout, probabilities, mask);
    row_times(go, values, d, width, grad_scores);
    // Through dropout and softmax: dS = P ∘ (m ∘ dP − Σ P ∘ m ∘ dP).
    float inner = 0;
    if (dropout.active) {
#pragma omp simd reduction(+ : inner)
      for (int64_t j = 0; j < length; ++j) {
        grad_scores[j] *= mask[j];
        inner += grad_scores[j] * probabilities[j];
        mask[j] *= probabilities[j];
      }
    } else {
#pragma omp simd reduction(+ : inner)
      for (int64_t j = 0; j < length; ++j) {
        inner += grad_scores[j] * probabilities[j];
        mask[j] = probabilities[j];
      }
    }
#pragma omp simd
    for (int64_t j = 0; j < length; ++j) grad_scores[j] = probabilities[j] * (grad_scores[j] - inner) * scale;
    for (int64_t c = 0; c < d; ++c) dq[c] = 0;
    for (int64_t j = 0; j < length; ++j) {
      const float* k = key + (first + j) * shape.key_stride + head * d;
      float* dk = grad_key + (first + j) * grad_stride + head * d;
      float* dv = grad_value + (first + j) * grad_stride + head * d;
      const float ds = grad_scores[j];
      const float p = mask[j];
#pragma omp simd
      for (int64_t c = 0; c < d; ++c) {
        dq[c] += ds * k[c];
        dk[c] += ds * q[c];
        dv[c] += p * go[c];
      }
    }
  }
}

}  // namespace

const Kernels table{TT_KERNEL_NAME,    dropout_mask,      layer_norm_forward, layer_norm_backward,
                    attention_scratch, attention_forward, attention_backward};

}  // namespace tt::ops::TT_KERNEL_SET
