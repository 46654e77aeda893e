#include "transfer_tune/ops/packed.hpp"

#include "ops/kernels/kernels.hpp"
#include "ops/threshold.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <memory>

namespace tt::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

KernelDropout kernel_dropout(const Dropout& dropout) {
  if (dropout.p <= 0) return {};
  return {true, dropout.key, keep_threshold(dropout.p), static_cast<float>(1.0 / (1.0 - dropout.p))};
}

/// True when the kernels may read these tensors.
bool kernels_apply(const at::Tensor& x) { return x.is_cpu() && x.scalar_type() == at::kFloat; }

/// Rows a task takes at least, so that threads are not paid for nothing.
std::int64_t row_grain(std::int64_t columns) {
  return std::max<std::int64_t>(1, 8192 / std::max<std::int64_t>(1, columns));
}

/// One task per sequence and head, balanced by the sequences' order.
template <class Task>
void for_each_head(const Packing& packing, std::int64_t heads, std::int64_t head_dim, const Task& task) {
  at::parallel_for(0, packing.sequences(), 1, [&](std::int64_t begin, std::int64_t end) {
    std::vector<float> scratch;
    for (std::int64_t s = begin; s < end; ++s) {
      const std::int64_t length = packing.length(s);
      scratch.resize(std::max(scratch.size(), static_cast<std::size_t>(kernels().attention_scratch(length, head_dim))));
      for (std::int64_t head = 0; head < heads; ++head) task(packing.offsets[s], length, head, scratch.data());
    }
  });
}

void zero_dummies(at::Tensor& x, const Packing& packing) {
  if (packing.offsets.back() < packing.rows)
    x.narrow(0, packing.offsets.back(), packing.rows - packing.offsets.back()).zero_();
}

/// `x` with unit stride inside a row, as the kernels need it.
at::Tensor row_major(const at::Tensor& x) { return x.stride(1) == 1 ? x : x.contiguous(); }

struct Attention : Function<Attention> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& query_in, const at::Tensor& key_in,
                            const at::Tensor& value_in, const std::shared_ptr<const Packing>& packing,
                            std::int64_t heads, const Dropout& dropout) {
    const at::Tensor query = row_major(query_in);
    const at::Tensor key = row_major(key_in);
    const at::Tensor value = row_major(value_in);
    at::Tensor output = at::empty({query.size(0), query.size(1)}, query.options());
    const AttentionShape shape = make_shape(query, key, value, heads);
    const KernelDropout mask = kernel_dropout(dropout);
    for_each_head(*packing, heads, shape.head_dim,
                  [&](std::int64_t first, std::int64_t length, std::int64_t head, float* scratch) {
                    kernels().attention_forward(query.const_data_ptr<float>(), key.const_data_ptr<float>(),
                                                value.const_data_ptr<float>(), output.mutable_data_ptr<float>(), shape,
                                                first, length, head, mask, scratch);
                  });
    zero_dummies(output, *packing);
    context->save_for_backward({query, key, value});
    // The closure carries what is no tensor; the context's dictionary would want it boxed.
    context->saved_data["heads"] = heads;
    context->saved_data["p"] = dropout.p;
    context->saved_data["key"] = static_cast<std::int64_t>(dropout.key);
    context->saved_data["rows"] = packing->rows;
    context->saved_data["offsets"] = std::vector<std::int64_t>(packing->offsets.begin(), packing->offsets.end());
    return output;
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &query = saved[0], &key = saved[1], &value = saved[2];
    const std::int64_t heads = context->saved_data["heads"].toInt();
    const KernelDropout mask = kernel_dropout(
        {context->saved_data["p"].toDouble(), static_cast<std::uint64_t>(context->saved_data["key"].toInt())});
    Packing packing;
    packing.rows = context->saved_data["rows"].toInt();
    const std::vector<std::int64_t> offsets = context->saved_data["offsets"].toIntVector();
    packing.offsets.assign(offsets.begin(), offsets.end());

    const at::Tensor grad_output = grads[0].contiguous();
    at::Tensor grad_query = at::empty_like(grad_output);
    at::Tensor grad_key = at::empty_like(grad_output);
    at::Tensor grad_value = at::empty_like(grad_output);
    const AttentionShape shape = make_shape(query, key, value, heads);
    for_each_head(packing, heads, shape.head_dim,
                  [&](std::int64_t first, std::int64_t length, std::int64_t head, float* scratch) {
                    kernels().attention_backward(
                        query.const_data_ptr<float>(), key.const_data_ptr<float>(), value.const_data_ptr<float>(),
                        grad_output.const_data_ptr<float>(), grad_query.mutable_data_ptr<float>(),
                        grad_key.mutable_data_ptr<float>(), grad_value.mutable_data_ptr<float>(), shape, first, length,
                        head, mask, scratch);
                  });
    for (at::Tensor* grad : {&grad_query, &grad_key, &grad_value}) zero_dummies(*grad, packing);
    return {grad_query, grad_key, grad_value, {}, {}, {}};
  }

  static AttentionShape make_shape(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                                   std::int64_t heads) {
    return {heads, query.size(1) / heads, query.stride(0), key.stride(0), value.stride(0), query.size(1)};
  }
};

struct AddLayerNorm : Function<AddLayerNorm> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& residual,
                            const at::Tensor& weight, const at::Tensor& bias, double eps, const Dropout& dropout) {
    const std::int64_t rows = x.size(0);
    const std::int64_t columns = x.size(1);
    const at::Tensor sum = at::empty({rows, columns}, x.options());
    const at::Tensor mean = at::empty({rows}, x.options());
    const at::Tensor rstd = at::empty({rows}, x.options());
    at::Tensor output = at::empty({rows, columns}, x.options());
    const at::Tensor x_rows = x.contiguous();
    const at::Tensor residual_rows = residual.contiguous();
    const LayerNormForward args{
        x_rows.const_data_ptr<float>(), residual_rows.const_data_ptr<float>(), weight.const_data_ptr<float>(),
        bias.const_data_ptr<float>(),   sum.mutable_data_ptr<float>(),         mean.mutable_data_ptr<float>(),
        rstd.mutable_data_ptr<float>(), output.mutable_data_ptr<float>(),      columns,
        static_cast<float>(eps)};
    const KernelDropout mask = kernel_dropout(dropout);
    at::parallel_for(0, rows, row_grain(columns), [&](std::int64_t begin, std::int64_t end) {
      kernels().layer_norm_forward(args, begin, end, mask);
    });
    context->save_for_backward({sum, mean, rstd, weight});
    context->saved_data["p"] = dropout.p;
    context->saved_data["key"] = static_cast<std::int64_t>(dropout.key);
    return output;
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &sum = saved[0], &mean = saved[1], &rstd = saved[2], &weight = saved[3];
    const KernelDropout mask = kernel_dropout(
        {context->saved_data["p"].toDouble(), static_cast<std::uint64_t>(context->saved_data["key"].toInt())});
    const at::Tensor grad = grads[0].contiguous();
    const std::int64_t rows = sum.size(0);
    const std::int64_t columns = sum.size(1);
    at::Tensor grad_residual = at::empty_like(sum);
    // Without dropout both summands have the same gradient.
    at::Tensor grad_x = mask.active ? at::empty_like(sum) : grad_residual;
    // Chunks of rows are fixed by the thread count, so that sums over rows come out the same each time.
    const std::int64_t chunks =
        std::max<std::int64_t>(1, std::min<std::int64_t>(at::get_num_threads(), rows / row_grain(columns)));
    at::Tensor grad_weights = at::zeros({chunks, columns}, sum.options());
    at::Tensor grad_biases = at::zeros({chunks, columns}, sum.options());
    at::parallel_for(0, chunks, 1, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t chunk = first; chunk < last; ++chunk) {
        const LayerNormBackward args{grad.const_data_ptr<float>(),
                                     sum.const_data_ptr<float>(),
                                     mean.const_data_ptr<float>(),
                                     rstd.const_data_ptr<float>(),
                                     weight.const_data_ptr<float>(),
                                     mask.active ? grad_x.mutable_data_ptr<float>() : nullptr,
                                     grad_residual.mutable_data_ptr<float>(),
                                     grad_weights.mutable_data_ptr<float>() + chunk * columns,
                                     grad_biases.mutable_data_ptr<float>() + chunk * columns,
                                     columns};
        kernels().layer_norm_backward(args, rows * chunk / chunks, rows * (chunk + 1) / chunks, mask);
      }
    });
    return {grad_x, grad_residual, grad_weights.sum(0), grad_biases.sum(0), {}, {}};
  }
};

}  // namespace

at::Tensor dropout_mask(std::int64_t rows, std::int64_t columns, const Dropout& dropout,
                        const at::TensorOptions& options) {
  at::Tensor mask = at::empty({rows, columns}, at::kFloat);
  const KernelDropout keep = kernel_dropout(dropout);
  if (!keep.active) return mask.fill_(1).to(options);
  at::parallel_for(0, rows, row_grain(columns), [&](std::int64_t begin, std::int64_t end) {
    kernels().dropout_mask(mask.mutable_data_ptr<float>(), begin, end, columns, keep);
  });
  return mask.to(options);
}

at::Tensor dropout(const at::Tensor& x, const Dropout& dropout) {
  if (dropout.p <= 0) return x;
  return x * dropout_mask(x.size(0), x.size(1), dropout, x.options().requires_grad(false));
}

at::Tensor attention(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value, const Packing& packing,
                     std::int64_t num_heads, const Dropout& dropout) {
  if (!kernels_apply(query)) return reference::attention(query, key, value, packing, num_heads, dropout);
  return Attention::apply(query, key, value, std::make_shared<const Packing>(packing), num_heads, dropout);
}

at::Tensor add_layer_norm(const at::Tensor& x, const at::Tensor& residual, const at::Tensor& weight,
                          const at::Tensor& bias, double eps, const Dropout& dropout) {
  if (!kernels_apply(x)) return reference::add_layer_norm(x, residual, weight, bias, eps, dropout);
  return AddLayerNorm::apply(x, residual, weight, bias, eps, dropout);
}

at::Tensor mean_pool(const at::Tensor& hidden, const Packing& packing) { return reference::mean_pool(hidden, packing); }

}  // namespace tt::ops
