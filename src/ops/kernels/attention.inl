// Part of kernels.inl, within its namespaces: attention inside a sequence, and the turning of queries and keys.

/// Queries that go through attention together: enough that keys are read seldom, few enough that what they score stays
/// in the cache.
constexpr int64_t kQueries = 64;

/// Scratch of the attention kernels: Kᵀ and Vᵀ [head_dim, padded length], two matrices of scores [queries, padded
/// length] and one row for the dropout mask.
int64_t attention_scratch(int64_t queries, int64_t length, int64_t head_dim) {
  return padded(length) * (2 * head_dim + 2 * (queries < kQueries ? queries : kQueries) + 1);
}

/// The keys that a block of queries sees: `count` from `first` on, a whole number of vectors in.
struct Seen {
  int64_t first;
  int64_t count;
};

Seen seen_by(int64_t query, int64_t queries, int64_t length, int64_t window) {
  if (window < 0) return {0, length};
  const int64_t first = query > window ? (query - window) / kLanes * kLanes : 0;
  const int64_t end = query + queries + window;
  return {first, (end < length ? end : length) - first};
}

/// Turns the scores of query `place` and the keys `seen` into probabilities; what lies behind becomes 0 up to `width`.
[[gnu::always_inline]] inline void probabilities_of(float* row, const AttentionForward& a, int64_t head, int64_t place,
                                                    Seen seen, int64_t width, float scale) {
  if (a.bias != nullptr) {
    const float* bias = a.bias + head * (2 * a.reach + 1) + a.reach + seen.first - place;
#pragma omp simd
    for (int64_t j = 0; j < seen.count; ++j) row[j] = row[j] * scale + bias[j];
    scale = 1;
  }
  if (a.window < 0) {
    softmax_row(row, seen.count, width, scale);
    return;
  }
  const int64_t low = place - a.window > seen.first ? place - a.window - seen.first : 0;
  const int64_t end = place + a.window + 1 - seen.first;
  const int64_t high = end < seen.count ? end : seen.count;
  for (int64_t j = 0; j < low; ++j) row[j] = 0;
  softmax_row(row + low, high - low, width - low, scale);
}

/// out(j) = Σ_c q(c)·(k(c, j) + p(c, j)) + k(c, j)·r(c, j) for N vectors of keys j: what a query and the keys score,
/// with their products with vectors of places. `keys` is [head_dim, columns], `of_query` and `of_keys` likewise.
template <int N>
[[gnu::always_inline]] inline void placed_scores_block(const float* query, const float* keys, int64_t key_columns,
                                                       const float* of_query, const float* of_keys,
                                                       int64_t place_columns, int64_t head_dim, float* out) {
  Vector sum[N] = {};
  for (int64_t c = 0; c < head_dim; ++c) {
    const float q = query[c];
    for (int n = 0; n < N; ++n) {
      const Vector key = vector_at(keys + c * key_columns + n * kLanes);
      sum[n] += q * (key + vector_at(of_query + c * place_columns + n * kLanes));
      sum[n] += key * vector_at(of_keys + c * place_columns + n * kLanes);
    }
  }
  for (int n = 0; n < N; ++n) vector_at(out + n * kLanes) = sum[n];
}

/// Scores [queries, width], unscaled, of the queries from place `begin` on and the keys that they see; `keys` is Kᵀ
/// with rows `stride` apart.
void scores_of(const AttentionForward& a, const AttentionTask& task, int64_t begin, int64_t queries, Seen seen,
               const float* keys, int64_t stride, float* out) {
  const int64_t d = a.head_dim;
  const int64_t width = padded(seen.count);
  const float* query = a.query + (task.first_query + begin) * a.query_stride + task.head * d;
  if (a.of_queries == nullptr) {
    scores(query, a.query_stride, queries, keys + seen.first, stride, d, width, out);
    return;
  }
  for (int64_t i = 0; i < queries; ++i) {
    const int64_t place = task.head * d * a.place_columns + a.reach + seen.first - (begin + i);
    for (int64_t j = 0; j < width;) {
      const bool two = width - j >= 2 * kLanes;
      const float* of_query = a.of_queries_transposed + place + j;
      const float* of_keys = a.of_keys_transposed + place + j;
      const float* from = keys + seen.first + j;
      float* to = out + i * width + j;
      if (two) {
        placed_scores_block<2>(query + i * a.query_stride, from, stride, of_query, of_keys, a.place_columns, d, to);
      } else {
        placed_scores_block<1>(query + i * a.query_stride, from, stride, of_query, of_keys, a.place_columns, d, to);
      }
      j += two ? 2 * kLanes : kLanes;
    }
  }
}

/// What the scores' gradients [queries, width] of the queries from place `begin` on give to queries and keys through
/// their products with vectors of places, and to those vectors.
void add_place_gradients(const AttentionBackward& a, const AttentionTask& task, int64_t begin, int64_t queries,
                         Seen seen, const float* grad_scores) {
  const AttentionForward& f = a.forward;
  const int64_t d = f.head_dim;
  const int64_t hidden = f.heads * d;
  const int64_t width = padded(seen.count);
  const int64_t query_at = (task.first_query + begin) * f.query_stride + task.head * d;
  const int64_t key_at = (task.first + seen.first) * f.key_stride + task.head * d;
  // The vectors' row for the block's first query and its first key.
  const int64_t origin = f.reach + seen.first - begin;
  const auto row = [&](int64_t distance) { return (origin + distance) * hidden + task.head * d; };
  for (int64_t i = 0; i < queries; ++i) {
    combine<true>({grad_scores + i * width, 0, 1}, f.of_queries + row(-i), hidden, seen.count, 1, d,
                  a.grad_query + query_at + i * f.query_stride, f.query_stride);
  }
  for (int64_t j = 0; j < seen.count; ++j) {
    combine<true>({grad_scores + j, 0, width}, f.of_keys + row(j), -hidden, queries, 1, d,
                  a.grad_key + key_at + j * f.key_stride, f.key_stride);
  }
  if (a.grad_of_queries == nullptr) return;
  // Scores of one distance lie on a diagonal.
  for (int64_t distance = 1 - queries; distance < seen.count; ++distance) {
    const int64_t i = distance < 0 ? -distance : 0;
    const int64_t j = distance + i;
    const int64_t count = queries - i < seen.count - j ? queries - i : seen.count - j;
    const Factors diagonal{grad_scores + i * width + j, 0, width + 1};
    combine<true>(diagonal, f.query + query_at + i * f.query_stride, f.query_stride, count, 1, d,
                  a.grad_of_queries + row(distance), hidden);
    combine<true>(diagonal, f.key + key_at + j * f.key_stride, f.key_stride, count, 1, d,
                  a.grad_of_keys + row(distance), hidden);
  }
}

void attention_forward(const AttentionForward& a, AttentionTask task, KernelDropout dropout, float* scratch) {
  const int64_t d = a.head_dim;
  const int64_t stride = padded(task.length);
  float* keys = scratch;
  float* probabilities = keys + d * stride;
  float* mask = probabilities + (task.queries < kQueries ? task.queries : kQueries) * stride;
  transpose(a.key + task.first * a.key_stride + task.head * d, a.key_stride, task.length, d, stride, keys);
  for (int64_t begin = 0; begin < task.queries; begin += kQueries) {
    const int64_t queries = task.queries - begin < kQueries ? task.queries - begin : kQueries;
    const int64_t row_of = task.first_query + begin;
    const Seen seen = seen_by(begin, queries, task.length, a.window);
    const int64_t width = padded(seen.count);
    scores_of(a, task, begin, queries, seen, keys, stride, probabilities);
    for (int64_t i = 0; i < queries; ++i) {
      float* row = probabilities + i * width;
      probabilities_of(row, a, task.head, begin + i, seen, width, a.scale);
      if (!dropout.active) continue;
      mask_row(mask, attention_mask_block(row_of + i, a.heads, task.head) + static_cast<uint64_t>(seen.first / 4),
               seen.count, dropout);
#pragma omp simd
      for (int64_t j = 0; j < seen.count; ++j) row[j] *= mask[j];
    }
    combine({probabilities, width, 1}, a.value + (task.first + seen.first) * a.key_stride + task.head * d, a.key_stride,
            seen.count, queries, d, a.output + row_of * a.output_stride + task.head * d, a.output_stride);
  }
}

void attention_backward(const AttentionBackward& a, AttentionTask task, KernelDropout dropout, float* scratch) {
  const AttentionForward& f = a.forward;
  const int64_t d = f.head_dim;
  const int64_t stride = padded(task.length);
  const float scale = f.scale;
  const int64_t most = task.queries < kQueries ? task.queries : kQueries;
  const int64_t key_at = task.first * f.key_stride + task.head * d;
  float* keys = scratch;
  float* values = keys + d * stride;
  float* probabilities = values + d * stride;
  float* grad_scores = probabilities + most * stride;
  float* mask = grad_scores + most * stride;
  transpose(f.key + key_at, f.key_stride, task.length, d, stride, keys);
  transpose(f.value + key_at, f.key_stride, task.length, d, stride, values);
  // The first block of queries writes the gradients of keys and values, where it sees them all.
  const bool all_seen = f.window < 0;
  for (int64_t j = 0; !all_seen && j < task.length; ++j) {
    for (int64_t c = 0; c < d; ++c) {
      a.grad_key[key_at + j * f.key_stride + c] = 0;
      a.grad_value[key_at + j * f.key_stride + c] = 0;
    }
  }
  for (int64_t begin = 0; begin < task.queries; begin += kQueries) {
    const int64_t queries = task.queries - begin < kQueries ? task.queries - begin : kQueries;
    const int64_t row_of = task.first_query + begin;
    const Seen seen = seen_by(begin, queries, task.length, f.window);
    const int64_t width = padded(seen.count);
    const int64_t query_at = row_of * f.query_stride + task.head * d;
    const int64_t seen_at = key_at + seen.first * f.key_stride;
    const float* query = f.query + query_at;
    const float* grad_output = a.grad_output + row_of * f.output_stride + task.head * d;
    scores_of(f, task, begin, queries, seen, keys, stride, probabilities);
    scores(grad_output, f.output_stride, queries, values + seen.first, stride, d, width, grad_scores);
    for (int64_t i = 0; i < queries; ++i) {
      float* p = probabilities + i * width;
      float* g = grad_scores + i * width;
      probabilities_of(p, f, task.head, begin + i, seen, width, scale);
      // Through dropout and softmax: dS = P ∘ (m ∘ dP − Σ P ∘ m ∘ dP).
      float inner = 0;
      if (dropout.active) {
        mask_row(mask, attention_mask_block(row_of + i, f.heads, task.head) + static_cast<uint64_t>(seen.first / 4),
                 seen.count, dropout);
#pragma omp simd
        for (int64_t j = 0; j < seen.count; ++j) g[j] *= mask[j];
      }
#pragma omp simd reduction(+ : inner)
      for (int64_t j = 0; j < seen.count; ++j) inner += g[j] * p[j];
      if (a.grad_bias != nullptr) {
        float* bias = a.grad_bias + task.head * (2 * f.reach + 1) + f.reach + seen.first - (begin + i);
#pragma omp simd
        for (int64_t j = 0; j < seen.count; ++j) bias[j] += p[j] * (g[j] - inner);
      }
#pragma omp simd
      for (int64_t j = 0; j < seen.count; ++j) g[j] = p[j] * (g[j] - inner) * scale;
      if (dropout.active) {
#pragma omp simd
        for (int64_t j = 0; j < seen.count; ++j) p[j] *= mask[j];
      }
    }
    combine({grad_scores, width, 1}, f.key + seen_at, f.key_stride, seen.count, queries, d, a.grad_query + query_at,
            f.query_stride);
    const auto add_or_write = all_seen && begin == 0 ? combine<false> : combine<true>;
    add_or_write({grad_scores, 1, width}, query, f.query_stride, queries, seen.count, d, a.grad_key + seen_at,
                 f.key_stride);
    add_or_write({probabilities, 1, width}, grad_output, f.output_stride, queries, seen.count, d,
                 a.grad_value + seen_at, f.key_stride);
    if (f.of_queries != nullptr) add_place_gradients(a, task, begin, queries, seen, grad_scores);
  }
}

void rotate(const RotateArgs& args, int64_t begin, int64_t end) {
  const RotateArgs a = args;  // a copy that the stores below cannot change
  for (int64_t row = begin; row < end; ++row) {
    const float* cosines = a.cosines + a.places[row] * a.half;
    const float* sines = a.sines + a.places[row] * a.half;
    for (int64_t head = 0; head < a.heads; ++head) {
      const float* left = a.x + row * a.columns + head * 2 * a.half;
      float* out = a.output + row * a.columns + head * 2 * a.half;
#pragma omp simd
      for (int64_t c = 0; c < a.half; ++c) {
        const float x = left[c];
        const float y = left[a.half + c];
        const float sine = a.direction * sines[c];
        out[c] = x * cosines[c] - y * sine;
        out[a.half + c] = y * cosines[c] + x * sine;
      }
    }
    for (int64_t c = a.heads * 2 * a.half; c < a.columns; ++c) a.output[row * a.columns + c] = a.x[row * a.columns + c];
  }
}
