#include "ops/flash_attention.hpp"
#include "ops/parallel.hpp"
#include "ops/require.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/ops/packed.hpp"

#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace tt::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

/// One task for each head of each sequence. Every thread gets each sequence's share of heads, so that long sequences
/// at one end leave none waiting.
template <class Run>
void for_each_head(const Packing& packing, bool first_only, std::int64_t heads, std::int64_t head_dim, const Run& run) {
  const std::int64_t sequences = packing.sequences();
  at::parallel_for(0, heads * sequences, 1, [&](std::int64_t begin, std::int64_t end) {
    std::vector<float> scratch;
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t s = i % sequences;
      const std::int64_t first = packing.offsets[s];
      const std::int64_t length = packing.length(s);
      const AttentionTask task{.first = first,
                               .length = length,
                               .first_query = first_only ? s : first,
                               .queries = first_only ? 1 : length,
                               .head = i / sequences};
      const auto needed = static_cast<std::size_t>(kernels().attention_scratch(task.queries, length, head_dim));
      if (scratch.size() < needed) scratch.resize(needed);
      run(task, scratch.data());
    }
  });
}

void zero_from(at::Tensor& x, std::int64_t row) {
  if (row < x.size(0)) x.narrow(0, row, x.size(0) - row).zero_();
}

AttentionForward forward_args(const at::Tensor& query, const at::Tensor& key_value, std::int64_t heads) {
  const std::int64_t hidden = query.size(1);
  return {.query = query.const_data_ptr<float>(),
          .key = key_value.const_data_ptr<float>(),
          .value = key_value.const_data_ptr<float>() + hidden,
          .output = nullptr,
          .heads = heads,
          .head_dim = hidden / heads,
          .query_stride = hidden,
          .key_stride = 2 * hidden,
          .output_stride = hidden};
}

struct Attention : Function<Attention> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& query_in, const at::Tensor& key_value_in,
                            const Packing& packing, std::int64_t heads, const Dropout& dropout) {
    const at::Tensor query = query_in.contiguous();
    const at::Tensor key_value = key_value_in.contiguous();
    const bool first_only = is_first_only(query, packing);
    at::Tensor output = at::empty_like(query);
    AttentionForward args = forward_args(query, key_value, heads);
    args.output = output.mutable_data_ptr<float>();
    const KernelDropout mask = kernel_dropout(dropout);
    for_each_head(packing, first_only, heads, args.head_dim, [&](const AttentionTask& task, float* scratch) {
      kernels().attention_forward(args, task, mask, scratch);
    });
    if (!first_only) zero_from(output, packing.offsets.back());
    context->save_for_backward({query, key_value});
    context->saved_data["heads"] = heads;
    save_dropout(*context, dropout);
    context->saved_data["rows"] = packing.rows;
    context->saved_data["offsets"] = std::vector<std::int64_t>(packing.offsets.begin(), packing.offsets.end());
    return output;
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &query = saved[0], &key_value = saved[1];
    const KernelDropout mask = saved_dropout(*context);
    Packing packing;
    packing.rows = context->saved_data["rows"].toInt();
    const std::vector<std::int64_t> offsets = context->saved_data["offsets"].toIntVector();
    packing.offsets.assign(offsets.begin(), offsets.end());
    const bool first_only = is_first_only(query, packing);

    const at::Tensor grad_output = grads[0].contiguous();
    at::Tensor grad_query = at::empty_like(query);
    at::Tensor grad_key_value = at::empty_like(key_value);
    const AttentionBackward args{
        .forward = forward_args(query, key_value, context->saved_data["heads"].toInt()),
        .grad_output = grad_output.const_data_ptr<float>(),
        .grad_query = grad_query.mutable_data_ptr<float>(),
        .grad_key = grad_key_value.mutable_data_ptr<float>(),
        .grad_value = grad_key_value.mutable_data_ptr<float>() + query.size(1),
    };
    for_each_head(
        packing, first_only, args.forward.heads, args.forward.head_dim,
        [&](const AttentionTask& task, float* scratch) { kernels().attention_backward(args, task, mask, scratch); });
    if (!first_only) zero_from(grad_query, packing.offsets.back());
    zero_from(grad_key_value, packing.offsets.back());
    return {grad_query, grad_key_value, {}, {}, {}};
  }
};

/// Throws `InternalError` unless the rows that `packing` speaks of are there, and heads divide them.
void require_layout(const at::Tensor& query, const at::Tensor& key_value, const Packing& packing, std::int64_t heads) {
  constexpr const char* op = "attention";
  require_matrix(op, "query", query);
  const std::int64_t hidden = query.size(1);
  if (heads <= 0 || hidden % heads != 0) {
    throw InternalError(concat("ops::attention: ", heads, " heads do not divide a query of width ", hidden));
  }
  if (is_first_only(query, packing)) require_sizes(op, "query", query, {packing.sequences(), hidden});
  require_sizes(op, "key_value", key_value, {packing.rows, 2 * hidden});
  if (packing.offsets.front() != 0 || packing.offsets.back() > packing.rows ||
      !std::ranges::is_sorted(packing.offsets)) {
    throw InternalError(concat("ops::attention: the packing's offsets end at ", packing.offsets.back(), " of ",
                               packing.rows, " rows; expected them to rise from 0 and to end within the rows"));
  }
}

}  // namespace

at::Tensor attention(const at::Tensor& query, const at::Tensor& key_value, const Packing& packing,
                     std::int64_t num_heads, const Dropout& dropout) {
  require_layout(query, key_value, packing, num_heads);
  if (flash_applies(query, num_heads)) return flash_attention(query, key_value, packing, num_heads, dropout);
  if (!kernels_apply(query) || !kernels_apply(key_value)) {
    return reference::attention(query, key_value, packing, num_heads, dropout);
  }
  return Attention::apply(query, key_value, packing, num_heads, dropout);
}

}  // namespace tt::ops
