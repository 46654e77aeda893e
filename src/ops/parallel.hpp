#pragma once

#include "ops/kernels/kernels.hpp"
#include "ops/threshold.hpp"
#include "transfer_tune/ops/packed.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cstdint>
#include <vector>

// What the ops with kernels share: when kernels apply, and how rows are spread over threads.

namespace tt::ops {

/// True when the kernels may read this tensor; elsewhere the reference runs.
inline bool kernels_apply(const at::Tensor& x) { return x.is_cpu() && x.scalar_type() == at::kFloat; }

/// `bias`, or, where there is none, zeros: a row of them costs less than a second kernel. `like` has their type.
inline at::Tensor bias_or_zeros(const at::Tensor& bias, std::int64_t columns, const at::Tensor& like) {
  return bias.defined() ? bias : at::zeros({columns}, like.options().requires_grad(false));
}

inline KernelDropout kernel_dropout(const Dropout& dropout) {
  if (dropout.p <= 0) return {};
  return {true, dropout.key, keep_threshold(dropout.p), static_cast<float>(1.0 / (1.0 - dropout.p))};
}

/// Keeps what a mask is drawn from for the backward pass, which draws it again.
inline void save_dropout(torch::autograd::AutogradContext& context, const Dropout& dropout) {
  context.saved_data["p"] = dropout.p;
  context.saved_data["key"] = static_cast<std::int64_t>(dropout.key);
}

inline KernelDropout saved_dropout(torch::autograd::AutogradContext& context) {
  return kernel_dropout(
      {context.saved_data["p"].toDouble(), static_cast<std::uint64_t>(context.saved_data["key"].toInt())});
}

/// Rows a task takes at least, so that threads are not paid for nothing.
inline std::int64_t row_grain(std::int64_t columns) {
  return std::max<std::int64_t>(1, 8192 / std::max<std::int64_t>(1, columns));
}

/// Calls task(begin, end) with ranges of rows, in parallel.
template <class Task>
void for_rows(std::int64_t rows, std::int64_t columns, const Task& task) {
  at::parallel_for(0, rows, row_grain(columns), task);
}

/// Into how many ranges rows are cut to be summed over. Fixed by the thread count, so that totals come out the same
/// each time.
inline std::int64_t row_ranges(std::int64_t rows, std::int64_t columns) {
  return std::max<std::int64_t>(1, std::min<std::int64_t>(at::get_num_threads(), rows / row_grain(columns)));
}

/// Calls task(range, begin, end) for each of `ranges` equal ranges of rows, in parallel.
template <class Task>
void for_ranges(std::int64_t rows, std::int64_t ranges, const Task& task) {
  at::parallel_for(0, ranges, 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t range = first; range < last; ++range) {
      task(range, rows * range / ranges, rows * (range + 1) / ranges);
    }
  });
}

/// The same with rows of accumulators [sums, columns] for each range: task(begin, end, accumulators). Returns their
/// totals [sums, columns].
template <class Task>
at::Tensor for_rows_summing(std::int64_t rows, std::int64_t columns, std::int64_t sums, const Task& task) {
  const std::int64_t ranges = row_ranges(rows, columns);
  at::Tensor totals = at::zeros({ranges, sums, columns}, at::kFloat);
  float* accumulators = totals.mutable_data_ptr<float>();
  for_ranges(rows, ranges, [&](std::int64_t range, std::int64_t begin, std::int64_t end) {
    task(begin, end, accumulators + range * sums * columns);
  });
  return ranges == 1 ? totals[0] : totals.sum(0);
}

}  // namespace tt::ops
