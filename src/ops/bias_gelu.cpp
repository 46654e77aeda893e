#include "ops/parallel.hpp"
#include "ops/require.hpp"
#include "transfer_tune/ops/packed.hpp"

#include <torch/csrc/autograd/custom_function.h>

namespace tt::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

struct BiasGelu : Function<BiasGelu> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x_in, const at::Tensor& bias) {
    const at::Tensor x = x_in.contiguous();
    at::Tensor output = at::empty_like(x);
    for_rows(x.size(0), x.size(1), [&](std::int64_t begin, std::int64_t end) {
      kernels().bias_gelu_forward(x.const_data_ptr<float>(), bias.const_data_ptr<float>(),
                                  output.mutable_data_ptr<float>(), x.size(1), begin, end);
    });
    context->save_for_backward({x, bias});
    return output;
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &bias = saved[1];
    const at::Tensor grad = grads[0].contiguous();
    at::Tensor grad_x = at::empty_like(x);
    const at::Tensor sums =
        for_rows_summing(x.size(0), x.size(1), 1, [&](std::int64_t begin, std::int64_t end, float* accumulators) {
          kernels().bias_gelu_backward(grad.const_data_ptr<float>(), x.const_data_ptr<float>(),
                                       bias.const_data_ptr<float>(), grad_x.mutable_data_ptr<float>(), accumulators,
                                       x.size(1), begin, end);
        });
    return {grad_x, sums[0]};
  }
};

}  // namespace

at::Tensor bias_gelu(const at::Tensor& x, const at::Tensor& bias_or_none) {
  constexpr const char* op = "bias_gelu";
  require_matrix(op, "x", x);
  const at::Tensor bias = bias_or_zeros(bias_or_none, x.size(1), x);
  if (!kernels_apply(x)) return reference::bias_gelu(x, bias);
  require_readable(op, "bias", bias, x.sizes().slice(1));
  return BiasGelu::apply(x, bias);
}

}  // namespace tt::ops
