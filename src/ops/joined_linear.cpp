#include "ops/linear.hpp"
#include "ops/parallel.hpp"
#include "transfer_tune/ops/packed.hpp"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

namespace tt::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

/// Two layers' outputs side by side in one tensor. No joined weight is kept: parameters stay separate tensors.
struct JoinedLinear : Function<JoinedLinear> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& first,
                            const at::Tensor& first_bias, const at::Tensor& second, const at::Tensor& second_bias) {
    at::Tensor output = at::empty({x.size(0), first.size(0) + second.size(0)}, x.options());
    at::Tensor left = output.narrow(1, 0, first.size(0));
    at::Tensor right = output.narrow(1, first.size(0), second.size(0));
    linear_into(left, x, first, first_bias);
    linear_into(right, x, second, second_bias);
    context->save_for_backward({x, first, second});
    return output;
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    // Cast products would not fit what was saved.
    const c10::impl::ExcludeDispatchKeyGuard no_casts(c10::autocast_dispatch_keyset);
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &first = saved[1], &second = saved[2];
    const at::Tensor left = grads[0].narrow(1, 0, first.size(0));
    const at::Tensor right = grads[0].narrow(1, first.size(0), second.size(0));
    variable_list out(5);
    if (context->needs_input_grad(0)) out[0] = at::mm(left, first).addmm_(right, second);
    if (context->needs_input_grad(1)) out[1] = at::mm(left.t(), x);
    if (context->needs_input_grad(2)) out[2] = left.sum(0);
    if (context->needs_input_grad(3)) out[3] = at::mm(right.t(), x);
    if (context->needs_input_grad(4)) out[4] = right.sum(0);
    return out;
  }
};

}  // namespace

at::Tensor joined_linear(const at::Tensor& x, const at::Tensor& first, const at::Tensor& first_bias,
                         const at::Tensor& second, const at::Tensor& second_bias) {
  if (!kernels_apply(x)) return at::cat({at::linear(x, first, first_bias), at::linear(x, second, second_bias)}, 1);
  // What autograd saves of a function's arguments has to be there.
  return JoinedLinear::apply(x, first, bias_or_zeros(first_bias, first.size(0), first), second,
                             bias_or_zeros(second_bias, second.size(0), second));
}

}  // namespace tt::ops
