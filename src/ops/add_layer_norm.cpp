#include "ops/parallel.hpp"
#include "ops/require.hpp"
#include "transfer_tune/ops/packed.hpp"

#include <torch/csrc/autograd/custom_function.h>

namespace tt::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

struct AddLayerNorm : Function<AddLayerNorm> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& x_bias,
                            const at::Tensor& residual, const at::Tensor& weight, const at::Tensor& bias, double eps,
                            const Dropout& dropout) {
    const std::int64_t rows = x.size(0);
    const std::int64_t columns = x.size(1);
    const at::Tensor sum = at::empty({rows, columns}, x.options());
    const at::Tensor mean = at::empty({rows}, x.options());
    const at::Tensor rstd = at::empty({rows}, x.options());
    at::Tensor output = at::empty({rows, columns}, x.options());
    const at::Tensor x_rows = x.contiguous();
    const at::Tensor residual_rows = residual.contiguous();
    const LayerNormForward args{.x = x_rows.const_data_ptr<float>(),
                                .x_bias = x_bias.const_data_ptr<float>(),
                                .residual = residual_rows.const_data_ptr<float>(),
                                .weight = weight.const_data_ptr<float>(),
                                .bias = bias.const_data_ptr<float>(),
                                .sum = sum.mutable_data_ptr<float>(),
                                .mean = mean.mutable_data_ptr<float>(),
                                .rstd = rstd.mutable_data_ptr<float>(),
                                .output = output.mutable_data_ptr<float>(),
                                .columns = columns,
                                .eps = static_cast<float>(eps)};
    const KernelDropout mask = kernel_dropout(dropout);
    for_rows(rows, columns,
             [&](std::int64_t begin, std::int64_t end) { kernels().layer_norm_forward(args, begin, end, mask); });
    context->save_for_backward({sum, mean, rstd, weight});
    save_dropout(*context, dropout);
    return output;
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &sum = saved[0], &mean = saved[1], &rstd = saved[2], &weight = saved[3];
    const KernelDropout mask = saved_dropout(*context);
    const at::Tensor grad = grads[0].contiguous();
    const std::int64_t columns = sum.size(1);
    at::Tensor grad_residual = at::empty_like(sum);
    // Without dropout both summands have the same gradient.
    at::Tensor grad_x = mask.active ? at::empty_like(sum) : grad_residual;
    const LayerNormBackward args{.grad = grad.const_data_ptr<float>(),
                                 .sum = sum.const_data_ptr<float>(),
                                 .mean = mean.const_data_ptr<float>(),
                                 .rstd = rstd.const_data_ptr<float>(),
                                 .weight = weight.const_data_ptr<float>(),
                                 .grad_x = grad_x.mutable_data_ptr<float>(),
                                 .grad_residual = grad_residual.mutable_data_ptr<float>(),
                                 .grad_x_bias = nullptr,
                                 .grad_weight = nullptr,
                                 .grad_bias = nullptr,
                                 .columns = columns};
    const at::Tensor sums =
        for_rows_summing(sum.size(0), columns, 3, [&](std::int64_t begin, std::int64_t end, float* accumulators) {
          LayerNormBackward mine = args;
          mine.grad_x_bias = accumulators;
          mine.grad_weight = accumulators + columns;
          mine.grad_bias = accumulators + 2 * columns;
          kernels().layer_norm_backward(mine, begin, end, mask);
        });
    return {grad_x, sums[0], grad_residual, sums[1], sums[2], {}, {}};
  }
};

}  // namespace

at::Tensor add_layer_norm(const at::Tensor& x, const at::Tensor& x_bias_or_none, const at::Tensor& residual,
                          const at::Tensor& weight, const at::Tensor& bias_or_none, double eps,
                          const Dropout& dropout) {
  constexpr const char* op = "add_layer_norm";
  require_matrix(op, "x", x);
  require_sizes(op, "residual", residual, x.sizes());
  const at::Tensor x_bias = bias_or_zeros(x_bias_or_none, x.size(1), x);
  const at::Tensor bias = bias_or_zeros(bias_or_none, x.size(1), x);
  if (!kernels_apply(x)) return reference::add_layer_norm(x, x_bias, residual, weight, bias, eps, dropout);
  const at::IntArrayRef columns = x.sizes().slice(1);
  require_readable(op, "x_bias", x_bias, columns);
  require_readable(op, "weight", weight, columns);
  require_readable(op, "bias", bias, columns);
  return AddLayerNorm::apply(x, x_bias, residual, weight, bias, eps, dropout);
}

}  // namespace tt::ops
