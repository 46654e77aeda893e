// Part of kernels.inl, within its namespaces: matrix products of shapes that a general library is slow at.

/// Weight rows that are multiplied together.
constexpr int64_t kLinearColumns = 6;

/// Up to six columns of the output for N vectors of rows: `x` is [depth, N vectors], transposed.
template <int N>
[[gnu::always_inline]] inline void linear_block(const LinearArgs& a, const float* x, int64_t row, int64_t column,
                                                int64_t end) {
  // Columns behind the last repeat it and are dropped.
  const float* w[kLinearColumns];
  for (int64_t c = 0; c < kLinearColumns; ++c) w[c] = a.weight + (column + c < end ? column + c : end - 1) * a.depth;
  Vector sum[kLinearColumns][N] = {};
  for (int64_t first = 0; first < a.depth; first += 16) {
    // Weight rows are too short for the processor to foresee the next ones.
    if (row == 0) {
      for (int64_t c = 0; c < kLinearColumns; ++c) __builtin_prefetch(w[c] + kLinearColumns * a.depth + first);
    }
    const int64_t last = a.depth - first < 16 ? a.depth : first + 16;
    for (int64_t k = first; k < last; ++k) {
      Vector xs[N];
      for (int n = 0; n < N; ++n) xs[n] = vector_at(x + (k * N + n) * kLanes);
      for (int64_t c = 0; c < kLinearColumns; ++c) {
        const float weight = w[c][k];
        for (int n = 0; n < N; ++n) sum[c][n] += weight * xs[n];
      }
    }
  }
  for (int64_t c = 0; c < kLinearColumns && column + c < end; ++c) {
    const float bias = a.bias != nullptr ? a.bias[column + c] : 0.0F;
    float* to = a.output + row * a.output_stride + column + c;
    for (int n = 0; n < N; ++n) {
      for (int64_t lane = 0; lane < kLanes && row + n * kLanes + lane < a.rows; ++lane) {
        to[(n * kLanes + lane) * a.output_stride] = sum[c][n][lane] + bias;
      }
    }
  }
}

int64_t linear_scratch(const LinearArgs& a) { return (padded(a.rows) + kLanes) * a.depth; }

void linear(const LinearArgs& a, int64_t begin, int64_t end, float* scratch) {
  constexpr int64_t kPair = 2 * kLanes;
  const auto vectors = [&](int64_t row) { return a.rows - row > kLanes ? kPair : kLanes; };
  float* to = scratch;
  for (int64_t row = 0; row < a.rows; row += kPair) {
    const int64_t width = vectors(row);
    transpose(a.x + row * a.x_stride, a.x_stride, a.rows - row < width ? a.rows - row : width, a.depth, width, to);
    to += width * a.depth;
  }
  for (int64_t column = begin; column < end; column += kLinearColumns) {
    const float* x = scratch;
    for (int64_t row = 0; row < a.rows; row += kPair) {
      if (vectors(row) == kPair) {
        linear_block<2>(a, x, row, column, end);
      } else {
        linear_block<1>(a, x, row, column, end);
      }
      x += vectors(row) * a.depth;
    }
  }
}

/// out [rows, N vectors] += factors [rows, count] · terms [count, N vectors]
template <int N>
[[gnu::always_inline]] inline void add_products(Factors factors, const float* terms, int64_t stride, int64_t count,
                                                int64_t rows, float* out, int64_t out_stride) {
  constexpr int kMost = 6;
  for (int64_t r = 0; r < rows; r += kMost) {
    const Factors these{factors.data + r * factors.row, factors.row, factors.term};
    float* to = out + r * out_stride;
    switch (rows - r) {
      case 1:
        combine_block<1, N, true>(these, terms, stride, count, to, out_stride);
        break;
      case 2:
        combine_block<2, N, true>(these, terms, stride, count, to, out_stride);
        break;
      case 3:
        combine_block<3, N, true>(these, terms, stride, count, to, out_stride);
        break;
      case 4:
        combine_block<4, N, true>(these, terms, stride, count, to, out_stride);
        break;
      case 5:
        combine_block<5, N, true>(these, terms, stride, count, to, out_stride);
        break;
      default:
        combine_block<kMost, N, true>(these, terms, stride, count, to, out_stride);
    }
  }
}

/// Rows whose features, logits and gradient stay in the second-level cache together; whole blocks of `add_products`.
constexpr int64_t kRegressionRows = 60;

int64_t softmax_regression_scratch(const SoftmaxRegressionArgs& a) {
  return kRegressionRows * (a.stride + 2 * kLanes) + a.num_labels * 2 * kLanes;
}

double softmax_regression(const SoftmaxRegressionArgs& a, int64_t begin, int64_t end, float* grad, float* grad_bias,
                          float* scratch) {
  float* residuals = scratch;                             // [rows, stride]
  float* panel = residuals + kRegressionRows * a.stride;  // [rows, 2 vectors] of features
  float* edge = panel + kRegressionRows * 2 * kLanes;     // [labels, 2 vectors] of gradient, at the right edge
  double loss = 0;
  for (int64_t first = begin; first < end; first += kRegressionRows) {
    const int64_t rows = end - first < kRegressionRows ? end - first : kRegressionRows;
    const float* features = a.features + first * a.columns;
    for (int64_t i = 0; i < rows; ++i) {
      for (int64_t l = 0; l < a.stride; ++l) residuals[i * a.stride + l] = a.bias[l];
    }
    int64_t label = 0;
    for (; a.stride - label >= 2 * kLanes; label += 2 * kLanes) {
      add_products<2>({features, a.columns, 1}, a.weight + label, a.stride, a.columns, rows, residuals + label,
                      a.stride);
    }
    for (; label < a.stride; label += kLanes) {
      add_products<1>({features, a.columns, 1}, a.weight + label, a.stride, a.columns, rows, residuals + label,
                      a.stride);
    }
    for (int64_t i = 0; i < rows; ++i) {
      float* row = residuals + i * a.stride;
      const float* targets = a.targets == nullptr ? nullptr : a.targets + (first + i) * a.num_labels;
      const float weight = a.row_weights[first + i];
      float sum = 0;
      for (int64_t l = 0; l < a.num_labels; ++l) sum += row[l];
      float own = 0;
      if (targets == nullptr) {
        own = row[a.labels[first + i]];
      } else {
#pragma omp simd reduction(+ : own)
        for (int64_t l = 0; l < a.num_labels; ++l) own += targets[l] * row[l];
      }
      const float target = a.own_share * own + a.common_share * sum;
      const SoftmaxTotal by = softmax_row(row, a.num_labels, a.stride, 1.0F);
      loss += static_cast<double>(weight) *
              (static_cast<double>(by.largest + logf(by.total)) - static_cast<double>(target));
      if (targets == nullptr) {
        row[a.labels[first + i]] -= a.own_share;
      } else {
#pragma omp simd
        for (int64_t l = 0; l < a.num_labels; ++l) row[l] -= a.own_share * targets[l];
      }
#pragma omp simd
      for (int64_t l = 0; l < a.num_labels; ++l) {
        row[l] = (row[l] - a.common_share) * weight;
        grad_bias[l] += row[l];
      }
    }
    for (int64_t c = 0; c < a.columns; c += 2 * kLanes) {
      const int64_t width = a.columns - c < 2 * kLanes ? a.columns - c : 2 * kLanes;
      for (int64_t i = 0; i < rows; ++i) {
        float* to = panel + i * 2 * kLanes;
        for (int64_t j = 0; j < width; ++j) to[j] = features[i * a.columns + c + j];
        for (int64_t j = width; j < 2 * kLanes; ++j) to[j] = 0;
      }
      const Factors factors{residuals, 1, a.stride};
      if (width == 2 * kLanes) {
        add_products<2>(factors, panel, 2 * kLanes, rows, a.num_labels, grad + c, a.columns);
        continue;
      }
      for (int64_t i = 0; i < a.num_labels * 2 * kLanes; ++i) edge[i] = 0;
      add_products<2>(factors, panel, 2 * kLanes, rows, a.num_labels, edge, 2 * kLanes);
      for (int64_t l = 0; l < a.num_labels; ++l) {
        for (int64_t j = 0; j < width; ++j) grad[l * a.columns + c + j] += edge[l * 2 * kLanes + j];
      }
    }
  }
  return loss;
}
