#include "ops/linear.hpp"

#include "ops/parallel.hpp"
#include "ops/require.hpp"
#include "transfer_tune/ops/packed.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <vector>

namespace tt::ops {
namespace {

/// Up to this many rows a product spends more on packing the weights than the kernel on multiplying.
constexpr std::int64_t kFewRows = 64;

bool kernel_applies(const at::Tensor& x, const at::Tensor& weight) {
  return kernels_apply(x) && kernels_apply(weight) && x.dim() == 2 && x.size(0) <= kFewRows && x.stride(1) == 1 &&
         weight.is_contiguous();
}

}  // namespace

void linear_into(at::Tensor& output, const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  if (!kernel_applies(x, weight) || output.stride(1) != 1) {
    if (bias.defined()) {
      at::addmm_out(output, bias, x, weight.t());
    } else {
      at::mm_out(output, x, weight.t());
    }
    return;
  }
  constexpr const char* op = "linear";
  const std::int64_t columns = weight.size(0);
  require_sizes(op, "weight", weight, {columns, x.size(1)});
  require_sizes(op, "output", output, {x.size(0), columns});
  if (bias.defined()) require_readable(op, "bias", bias, {columns});
  const LinearArgs args{.x = x.const_data_ptr<float>(),
                        .weight = weight.const_data_ptr<float>(),
                        .bias = bias.defined() ? bias.const_data_ptr<float>() : nullptr,
                        .output = output.mutable_data_ptr<float>(),
                        .rows = x.size(0),
                        .depth = x.size(1),
                        .x_stride = x.stride(0),
                        .output_stride = output.stride(0)};
  const std::int64_t ranges = row_ranges(columns, args.rows * args.depth);
  for_ranges(columns, ranges, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    std::vector<float> scratch(static_cast<std::size_t>(kernels().linear_scratch(args)));
    kernels().linear(args, begin, end, scratch.data());
  });
}

at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  const bool differentiated =
      at::GradMode::is_enabled() && (x.requires_grad() || weight.requires_grad() || bias.requires_grad());
  if (differentiated || !kernel_applies(x, weight)) return at::linear(x, weight, bias);
  at::Tensor output = at::empty({x.size(0), weight.size(0)}, x.options());
  linear_into(output, x, weight, bias);
  return output;
}

}  // namespace tt::ops
