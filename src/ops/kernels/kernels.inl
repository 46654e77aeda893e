// Included once per instruction set with TT_KERNEL_SET naming the namespace. Plain loops over plain arrays that the
// compiler vectorises; no library templates, whose shared copies would carry one set's instructions everywhere.

#include "ops/kernels/kernels.hpp"

#include "transfer_tune/core/philox.hpp"

#include <math.h>
#include <stdint.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace tt::ops::TT_KERNEL_SET {
namespace {

#if defined(__AVX512F__)
#define TT_VECTOR_BYTES 64
#elif defined(__AVX__)
#define TT_VECTOR_BYTES 32
#else
#define TT_VECTOR_BYTES 16
#endif
/// As many floats as a register holds, at any address.
typedef float Vector __attribute__((vector_size(TT_VECTOR_BYTES), aligned(4), may_alias));
constexpr int64_t kLanes = TT_VECTOR_BYTES / 4;

[[gnu::always_inline]] inline Vector& vector_at(float* at) { return *reinterpret_cast<Vector*>(at); }
[[gnu::always_inline]] inline const Vector& vector_at(const float* at) { return *reinterpret_cast<const Vector*>(at); }

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

typedef uint64_t Wide __attribute__((vector_size(TT_VECTOR_BYTES)));
typedef uint32_t Words __attribute__((vector_size(TT_VECTOR_BYTES)));
constexpr int64_t kWideLanes = kLanes / 2;

/// Products of the low halves.
[[gnu::always_inline]] inline Wide multiply_low(Wide a, Wide b) {
#if defined(__AVX512F__)
  return (Wide)_mm512_maskz_mul_epu32(0xFF, (__m512i)a, (__m512i)b);  // GCC 12 warns inside the unmasked one
#elif defined(__AVX2__)
  return (Wide)_mm256_mul_epu32((__m256i)a, (__m256i)b);
#elif defined(__SSE2__)
  return (Wide)_mm_mul_epu32((__m128i)a, (__m128i)b);
#else
  return (a & 0xFFFFFFFFU) * (b & 0xFFFFFFFFU);
#endif
}

/// The keep-mask of Philox blocks first .. first+kLanes-1: 4·kLanes elements. As `philox_rounds`, with a 64-bit lane
/// for each 32-bit word, whose upper half is not looked at.
[[gnu::always_inline]] inline void mask_blocks(float* mask, uint64_t first, const KernelDropout& dropout) {
  constexpr int kGroups = 2;
  constexpr uint64_t kRamp[8] = {0, 1, 2, 3, 4, 5, 6, 7};
  Wide ramp;
  __builtin_memcpy(&ramp, kRamp, sizeof(ramp));
  Wide x0[kGroups] = {};
  Wide x1[kGroups] = {};
  Wide x2[kGroups] = {};
  Wide x3[kGroups] = {};
  for (int g = 0; g < kGroups; ++g) {
    x0[g] = ramp + (first + static_cast<uint64_t>(g * kWideLanes));
    x1[g] = x0[g] >> 32U;
  }
  uint32_t key0 = static_cast<uint32_t>(dropout.key);
  uint32_t key1 = static_cast<uint32_t>(dropout.key >> 32U);
  for (int round = 0; round < 10; ++round) {
    for (int g = 0; g < kGroups; ++g) {
      const Wide product0 = multiply_low(x0[g], Wide{} + 0xD2511F53U);
      const Wide product1 = multiply_low(x2[g], Wide{} + 0xCD9E8D57U);
      x0[g] = (product1 >> 32U) ^ x1[g] ^ key0;
      x1[g] = product1;
      x2[g] = (product0 >> 32U) ^ x3[g] ^ key1;
      x3[g] = product0;
    }
    key0 += 0x9E3779B9U;
    key1 += 0xBB67AE85U;
  }
  const auto keep = [&](Wide draws, float* to) {
    const Words kept = (Words)((Words)draws >= dropout.threshold);
    vector_at(to) = (Vector)(kept & (Words)(Vector{} + dropout.scale));
  };
  for (int g = 0; g < kGroups; ++g) {
    const Wide low = (x0[g] & 0xFFFFFFFFU) | (x1[g] << 32U);
    const Wide high = (x2[g] & 0xFFFFFFFFU) | (x3[g] << 32U);
#if TT_VECTOR_BYTES == 64
    const Wide front = __builtin_shufflevector(low, high, 0, 8, 1, 9, 2, 10, 3, 11);
    const Wide back = __builtin_shufflevector(low, high, 4, 12, 5, 13, 6, 14, 7, 15);
#elif TT_VECTOR_BYTES == 32
    const Wide front = __builtin_shufflevector(low, high, 0, 4, 1, 5);
    const Wide back = __builtin_shufflevector(low, high, 2, 6, 3, 7);
#else
    const Wide front = __builtin_shufflevector(low, high, 0, 2);
    const Wide back = __builtin_shufflevector(low, high, 1, 3);
#endif
    keep(front, mask + 2 * g * kLanes);
    keep(back, mask + (2 * g + 1) * kLanes);
  }
}

/// Scaled keep-mask of one row; element c draws word c%4 of the Philox block first + c/4.
void mask_row(float* mask, uint64_t first, int64_t columns, const KernelDropout& dropout) {
  const KernelDropout by = dropout;  // a copy that the stores below cannot change
  int64_t c = 0;
  for (; columns - c >= 4 * kLanes; c += 4 * kLanes) mask_blocks(mask + c, first + static_cast<uint64_t>(c / 4), by);
  if (c == columns) return;
  float rest[4 * kLanes];
  mask_blocks(rest, first + static_cast<uint64_t>(c / 4), by);
  for (int64_t i = 0; c + i < columns; ++i) mask[c + i] = rest[i];
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
        sum[c] = sum[c] * (x[c] + a.x_bias[c]) + residual[c];
        total += sum[c];
      }
    } else {
#pragma omp simd reduction(+ : total)
      for (int64_t c = 0; c < n; ++c) {
        sum[c] = x[c] + a.x_bias[c] + residual[c];
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
    if (dropout.active) {
      float* grad_x = a.grad_x + row * n;
      mask_row(grad_x, first_block(row, n), n, dropout);
#pragma omp simd
      for (int64_t c = 0; c < n; ++c) {
        grad_x[c] *= out[c];
        a.grad_x_bias[c] += grad_x[c];
      }
    } else {
#pragma omp simd
      for (int64_t c = 0; c < n; ++c) a.grad_x_bias[c] += out[c];
    }
  }
}

// The normal distribution's tail for x >= 0, 1 - Φ(x) = exp(-x²/2)·P(1 / (1 + kTailScale·x)).
// scripts/normal_tail.py: relative error at most 8.0e-08
constexpr float kTailScale = 0.4F;
constexpr float kTail[] = {-1.19869183e-05F, 0.159904167F,  0.155786723F, 0.158416063F,  -0.0123844612F,
                           0.250971287F,     -0.373681128F, 0.200600013F, -0.0396006815F};

/// Φ(x); √(2π) times its density in `density`.
[[gnu::always_inline]] inline float normal_cdf(float x, float& density) {
  const float magnitude = x < 0 ? -x : x;
  density = exp_nonpositive(-0.5F * x * x);
  const float t = 1.0F / (1.0F + kTailScale * magnitude);
  float tail = kTail[8] * t + kTail[7];  // spelt out: a loop would keep the caller's from being vectorised
  tail = tail * t + kTail[6];
  tail = tail * t + kTail[5];
  tail = tail * t + kTail[4];
  tail = tail * t + kTail[3];
  tail = tail * t + kTail[2];
  tail = tail * t + kTail[1];
  tail = (tail * t + kTail[0]) * density;
  return x < 0 ? tail : 1.0F - tail;
}

void bias_gelu_forward(const float* x, const float* bias, float* output, int64_t columns, int64_t begin, int64_t end) {
  for (int64_t row = begin; row < end; ++row) {
    const float* in = x + row * columns;
    float* out = output + row * columns;
#pragma omp simd
    for (int64_t c = 0; c < columns; ++c) {
      const float value = in[c] + bias[c];
      float density = 0;
      out[c] = value * normal_cdf(value, density);
    }
  }
}

constexpr float kInverseRootTwoPi = 0.398942280F;

void bias_gelu_backward(const float* grad, const float* x, const float* bias, float* grad_x, float* grad_bias,
                        int64_t columns, int64_t begin, int64_t end) {
  for (int64_t row = begin; row < end; ++row) {
    const float* in = x + row * columns;
    const float* g = grad + row * columns;
    float* out = grad_x + row * columns;
#pragma omp simd
    for (int64_t c = 0; c < columns; ++c) {
      const float value = in[c] + bias[c];
      float density = 0;
      const float cdf = normal_cdf(value, density);
      out[c] = g[c] * (cdf + value * density * kInverseRootTwoPi);
      grad_bias[c] += out[c];
    }
  }
}

void gated_gelu_forward(const float* x, float* output, int64_t columns, int64_t begin, int64_t end) {
  for (int64_t row = begin; row < end; ++row) {
    const float* left = x + row * 2 * columns;
    const float* right = left + columns;
    float* out = output + row * columns;
#pragma omp simd
    for (int64_t c = 0; c < columns; ++c) {
      float density = 0;
      out[c] = left[c] * normal_cdf(left[c], density) * right[c];
    }
  }
}

void gated_gelu_backward(const float* grad, const float* x, float* grad_x, int64_t columns, int64_t begin,
                         int64_t end) {
  for (int64_t row = begin; row < end; ++row) {
    const float* left = x + row * 2 * columns;
    const float* right = left + columns;
    const float* g = grad + row * columns;
    float* out = grad_x + row * 2 * columns;
#pragma omp simd
    for (int64_t c = 0; c < columns; ++c) {
      float density = 0;
      const float cdf = normal_cdf(left[c], density);
      out[c] = g[c] * right[c] * (cdf + left[c] * density * kInverseRootTwoPi);
      out[columns + c] = g[c] * left[c] * cdf;
    }
  }
}

/// `rows` [length, head_dim] with `stride`, transposed into `out` [head_dim, width], the rest of each row zero.
void transpose(const float* rows, int64_t stride, int64_t length, int64_t head_dim, int64_t width, float* out) {
  for (int64_t c = 0; c < head_dim; ++c) {
    for (int64_t j = 0; j < length; ++j) out[c * width + j] = rows[j * stride + c];
    for (int64_t j = length; j < width; ++j) out[c * width + j] = 0;
  }
}

/// A matrix read along either side: element (r, t) is data[r·row + t·term].
struct Factors {
  const float* data;
  int64_t row;
  int64_t term;
};

/// out[r][c] = Σ_t factors(r, t) · terms[t][c] for Rows rows and N vectors of c; `Add`: added to what is there.
template <int Rows, int N, bool Add = false>
[[gnu::always_inline]] inline void combine_block(Factors factors, const float* terms, int64_t stride, int64_t count,
                                                 float* out, int64_t out_stride) {
  Vector sum[Rows][N] = {};
  for (int64_t t = 0; t < count; ++t) {
    const float* factor = factors.data + t * factors.term;
    Vector term[N];
    for (int n = 0; n < N; ++n) term[n] = vector_at(terms + t * stride + n * kLanes);
    for (int r = 0; r < Rows; ++r) {
      const float f = factor[r * factors.row];
      for (int n = 0; n < N; ++n) sum[r][n] += f * term[n];
    }
  }
  for (int r = 0; r < Rows; ++r) {
    for (int n = 0; n < N; ++n) {
      Vector& to = vector_at(out + r * out_stride + n * kLanes);
      to = Add ? to + sum[r][n] : sum[r][n];
    }
  }
}

/// out [count, width] = rows [count, head_dim] · transposed [head_dim, width], whose rows are `terms` apart
void scores(const float* rows, int64_t stride, int64_t count, const float* transposed, int64_t terms, int64_t head_dim,
            int64_t width, float* out) {
  for (int64_t r = 0; r < count;) {
    const int64_t block = count - r >= 4 ? 4 : 1;
    for (int64_t j = 0; j < width;) {
      const bool two = width - j >= 2 * kLanes;
      const Factors in{rows + r * stride, stride, 1};
      const float* columns = transposed + j;
      float* to = out + r * width + j;
      if (block == 4 && two) {
        combine_block<4, 2>(in, columns, terms, head_dim, to, width);
      } else if (block == 4) {
        combine_block<4, 1>(in, columns, terms, head_dim, to, width);
      } else if (two) {
        combine_block<1, 2>(in, columns, terms, head_dim, to, width);
      } else {
        combine_block<1, 1>(in, columns, terms, head_dim, to, width);
      }
      j += two ? 2 * kLanes : kLanes;
    }
    r += block;
  }
}

/// out [rows, head_dim] = factors [rows, count] · terms [count, head_dim]; `Add`: added to what is there.
template <bool Add = false>
void combine(Factors factors, const float* terms, int64_t stride, int64_t count, int64_t rows, int64_t head_dim,
             float* out, int64_t out_stride) {
  for (int64_t r = 0; r < rows;) {
    const int64_t block = rows - r >= 4 ? 4 : 1;
    const Factors these{factors.data + r * factors.row, factors.row, factors.term};
    float* to = out + r * out_stride;
    int64_t c = 0;
    for (; head_dim - c >= 2 * kLanes; c += 2 * kLanes) {
      if (block == 4) {
        combine_block<4, 2, Add>(these, terms + c, stride, count, to + c, out_stride);
      } else {
        combine_block<1, 2, Add>(these, terms + c, stride, count, to + c, out_stride);
      }
    }
    for (; c < head_dim; ++c) {
      for (int64_t i = 0; i < block; ++i) {
        float sum = 0;
        for (int64_t t = 0; t < count; ++t) sum += these.data[i * these.row + t * these.term] * terms[t * stride + c];
        float& value = to[i * out_stride + c];
        value = Add ? value + sum : sum;
      }
    }
    r += block;
  }
}

/// What a softmax of x divided by: log Σ eˣ = largest + log(total).
struct SoftmaxTotal {
  float largest;
  float total;
};

/// Softmax over the first `length` of `width` values, in place; what lies behind becomes 0.
[[gnu::always_inline]] inline SoftmaxTotal softmax_row(float* values, int64_t length, int64_t width, float scale) {
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
  return {largest * scale, total};
}

#include "ops/kernels/attention.inl"

double sum_squares(const float* values, int64_t count) {
  double sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < count; ++i) sum += static_cast<double>(values[i]) * static_cast<double>(values[i]);
  return sum;
}

void adamw(const AdamWSlice& slice) {
  const AdamWSlice a = slice;  // a copy that the stores below cannot change
#pragma omp simd
  for (int64_t i = 0; i < a.count; ++i) {
    const float grad = a.grad != nullptr ? a.grad[i] * a.inverse_grad_scale : 0.0F;
    const float first = a.first_moment[i] + (1.0F - a.beta1) * (grad - a.first_moment[i]);
    const float second = a.beta2 * a.second_moment[i] + (1.0F - a.beta2) * grad * grad;
    const float root = sqrtf(second) * a.inverse_root_correction + a.epsilon;
    a.first_moment[i] = first;
    a.second_moment[i] = second;
    a.value[i] = a.kept * a.value[i] - a.step_size * first / root;
  }
  if (a.start == nullptr) return;
#pragma omp simd
  for (int64_t i = 0; i < a.count; ++i) a.value[i] += a.pull * (a.start[i] - a.value[i]);
}

#include "ops/kernels/products.inl"

}  // namespace

const Kernels table{TT_KERNEL_NAME,
                    dropout_mask,
                    layer_norm_forward,
                    layer_norm_backward,
                    bias_gelu_forward,
                    bias_gelu_backward,
                    gated_gelu_forward,
                    gated_gelu_backward,
                    rotate,
                    attention_scratch,
                    attention_forward,
                    attention_backward,
                    sum_squares,
                    adamw,
                    linear_scratch,
                    linear,
                    softmax_regression_scratch,
                    softmax_regression};

}  // namespace tt::ops::TT_KERNEL_SET
