#include "ops/parallel.hpp"
#include "ops/require.hpp"
#include "transfer_tune/ops/packed.hpp"

#include <torch/csrc/autograd/custom_function.h>

namespace tt::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

struct GatedGelu : Function<GatedGelu> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x_in) {
    const at::Tensor x = x_in.contiguous();
    const std::int64_t columns = x.size(1) / 2;
    at::Tensor output = at::empty({x.size(0), columns}, x.options());
    for_rows(x.size(0), columns, [&](std::int64_t begin, std::int64_t end) {
      kernels().gated_gelu_forward(x.const_data_ptr<float>(), output.mutable_data_ptr<float>(), columns, begin, end);
    });
    context->save_for_backward({x});
    return output;
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const at::Tensor x = context->get_saved_variables()[0];
    const at::Tensor grad = grads[0].contiguous();
    at::Tensor grad_x = at::empty_like(x);
    for_rows(x.size(0), grad.size(1), [&](std::int64_t begin, std::int64_t end) {
      kernels().gated_gelu_backward(grad.const_data_ptr<float>(), x.const_data_ptr<float>(),
                                    grad_x.mutable_data_ptr<float>(), grad.size(1), begin, end);
    });
    return {grad_x};
  }
};

}  // namespace

at::Tensor gated_gelu(const at::Tensor& x) {
  require_matrix("gated_gelu", "x", x);
  if (x.size(1) % 2 != 0) reject_argument("gated_gelu", "x", x, {x.size(0), x.size(1) + 1});
  return kernels_apply(x) ? GatedGelu::apply(x) : reference::gated_gelu(x);
}

}  // namespace tt::ops
