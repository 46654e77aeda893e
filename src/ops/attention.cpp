#include "ops/flash_attention.hpp"
#include "ops/parallel.hpp"
#include "ops/require.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/ops/packed.hpp"

#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace tt::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

/// One task for each head of each sequence: run(range, task, scratch), with tasks in `ranges` ranges. Every thread gets
/// each sequence's share of heads, so that long sequences at one end leave none waiting.
template <class Run>
void for_each_head(const Packing& packing, bool first_only, std::int64_t heads, std::int64_t head_dim,
                   std::int64_t ranges, const Run& run) {
  const std::int64_t sequences = packing.sequences();
  for_ranges(heads * sequences, ranges, [&](std::int64_t range, std::int64_t begin, std::int64_t end) {
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
      run(range, task, scratch.data());
    }
  });
}

std::int64_t ranges_of(const Packing& packing, std::int64_t heads) {
  return std::max<std::int64_t>(1, std::min<std::int64_t>(at::get_num_threads(), heads * packing.sequences()));
}

void zero_from(at::Tensor& x, std::int64_t row) {
  if (row < x.size(0)) x.narrow(0, row, x.size(0) - row).zero_();
}

/// Queries beside keys and values, or, where `query` is empty, all three in `key_value`.
bool is_joined(const at::Tensor& query) { return query.numel() == 0; }

AttentionForward forward_args(const at::Tensor& query, const at::Tensor& key_value, const at::Tensor& bias,
                              std::int64_t heads, std::int64_t window) {
  const bool joined = is_joined(query);
  const std::int64_t hidden = key_value.size(1) / (joined ? 3 : 2);
  const float* rows = key_value.const_data_ptr<float>();
  const float* key = joined ? rows + hidden : rows;
  return {.query = joined ? rows : query.const_data_ptr<float>(),
          .key = key,
          .value = key + hidden,
          .output = nullptr,
          .heads = heads,
          .head_dim = hidden / heads,
          .query_stride = joined ? key_value.size(1) : hidden,
          .key_stride = key_value.size(1),
          .output_stride = hidden,
          .bias = bias.numel() == 0 ? nullptr : bias.const_data_ptr<float>(),
          .reach = bias.numel() == 0 ? 0 : bias.size(1) / 2,
          .window = window};
}

/// What autograd saves of a function's arguments has to be there: an empty `query` or `bias` stands for none.
struct Attention : Function<Attention> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& query_in, const at::Tensor& key_value_in,
                            const at::Tensor& bias_in, const Packing& packing, std::int64_t heads,
                            const Dropout& dropout, std::int64_t window) {
    const at::Tensor query = query_in.contiguous();
    const at::Tensor key_value = key_value_in.contiguous();
    const at::Tensor bias = bias_in.contiguous();
    const bool first_only = !is_joined(query) && is_first_only(query, packing);
    AttentionForward args = forward_args(query, key_value, bias, heads, window);
    at::Tensor output =
        at::empty({first_only ? packing.sequences() : packing.rows, args.output_stride}, key_value.options());
    args.output = output.mutable_data_ptr<float>();
    const KernelDropout mask = kernel_dropout(dropout);
    for_each_head(packing, first_only, heads, args.head_dim, ranges_of(packing, heads),
                  [&](std::int64_t, const AttentionTask& task, float* scratch) {
                    kernels().attention_forward(args, task, mask, scratch);
                  });
    if (!first_only) zero_from(output, packing.offsets.back());
    context->save_for_backward({query, key_value, bias});
    context->saved_data["heads"] = heads;
    context->saved_data["window"] = window;
    save_dropout(*context, dropout);
    context->saved_data["rows"] = packing.rows;
    context->saved_data["offsets"] = std::vector<std::int64_t>(packing.offsets.begin(), packing.offsets.end());
    return output;
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &query = saved[0], &key_value = saved[1], &bias = saved[2];
    const KernelDropout mask = saved_dropout(*context);
    Packing packing;
    packing.rows = context->saved_data["rows"].toInt();
    const std::vector<std::int64_t> offsets = context->saved_data["offsets"].toIntVector();
    packing.offsets.assign(offsets.begin(), offsets.end());
    const bool joined = is_joined(query);
    const bool first_only = !joined && is_first_only(query, packing);
    const std::int64_t heads = context->saved_data["heads"].toInt();
    const std::int64_t ranges = ranges_of(packing, heads);

    const at::Tensor grad_output = grads[0].contiguous();
    at::Tensor grad_query = joined ? at::Tensor() : at::empty_like(query);
    at::Tensor grad_key_value = at::empty_like(key_value);
    at::Tensor grad_bias;
    if (bias.numel() > 0 && context->needs_input_grad(2)) {
      grad_bias = at::zeros({ranges, bias.size(0), bias.size(1)}, bias.options());
    }
    const AttentionForward forward = forward_args(query, key_value, bias, heads, context->saved_data["window"].toInt());
    auto* rows = grad_key_value.mutable_data_ptr<float>();
    float* grad_key = joined ? rows + forward.output_stride : rows;
    const AttentionBackward args{.forward = forward,
                                 .grad_output = grad_output.const_data_ptr<float>(),
                                 .grad_query = joined ? rows : grad_query.mutable_data_ptr<float>(),
                                 .grad_key = grad_key,
                                 .grad_value = grad_key + forward.output_stride,
                                 .grad_bias = nullptr};
    for_each_head(packing, first_only, heads, forward.head_dim, ranges,
                  [&](std::int64_t range, const AttentionTask& task, float* scratch) {
                    AttentionBackward mine = args;
                    if (grad_bias.defined()) mine.grad_bias = grad_bias[range].mutable_data_ptr<float>();
                    kernels().attention_backward(mine, task, mask, scratch);
                  });
    if (!joined && !first_only) zero_from(grad_query, packing.offsets.back());
    zero_from(grad_key_value, packing.offsets.back());
    return {grad_query, grad_key_value, grad_bias.defined() ? grad_bias.sum(0) : grad_bias, {}, {}, {}, {}};
  }
};

constexpr const char* kOp = "attention";

/// Throws `InternalError` unless the rows that `packing` speaks of are there, heads divide them, and `places` reach.
void require_layout(std::int64_t hidden, const Packing& packing, std::int64_t heads, const AttentionPlaces& places) {
  if (heads <= 0 || hidden % heads != 0) {
    throw InternalError(concat("ops::attention: ", heads, " heads do not divide a query of width ", hidden));
  }
  if (packing.offsets.front() != 0 || packing.offsets.back() > packing.rows ||
      !std::ranges::is_sorted(packing.offsets)) {
    throw InternalError(concat("ops::attention: the packing's offsets end at ", packing.offsets.back(), " of ",
                               packing.rows, " rows; expected them to rise from 0 and to end within the rows"));
  }
  if (!places.bias.defined()) return;
  require_matrix(kOp, "bias", places.bias);
  const std::int64_t least = 2 * packing.longest() - 1;
  if (places.bias.size(1) < least || places.bias.size(1) % 2 == 0) {
    reject_argument(kOp, "bias", places.bias, {heads, least});
  }
  require_sizes(kOp, "bias", places.bias, {heads, places.bias.size(1)});
}

}  // namespace

at::Tensor attention(const at::Tensor& query, const at::Tensor& key_value, const Packing& packing,
                     std::int64_t num_heads, const Dropout& dropout, const AttentionPlaces& places) {
  require_matrix(kOp, "query", query);
  const std::int64_t hidden = query.size(1);
  if (is_first_only(query, packing)) require_sizes(kOp, "query", query, {packing.sequences(), hidden});
  require_sizes(kOp, "key_value", key_value, {packing.rows, 2 * hidden});
  require_layout(hidden, packing, num_heads, places);
  if (flash_applies(query, packing, num_heads, places)) {
    return flash_attention(query, key_value, packing, num_heads, dropout, places.window);
  }
  if (!kernels_apply(query) || !kernels_apply(key_value)) {
    return reference::attention(query, key_value, packing, num_heads, dropout, places);
  }
  const at::Tensor bias = places.bias.defined() ? places.bias : at::empty({0}, query.options().requires_grad(false));
  return Attention::apply(query, key_value, bias, packing, num_heads, dropout, places.window);
}

at::Tensor self_attention(const at::Tensor& query_key_value, const Packing& packing, std::int64_t num_heads,
                          const Dropout& dropout, const AttentionPlaces& places) {
  require_matrix(kOp, "query_key_value", query_key_value);
  const std::int64_t hidden = query_key_value.size(1) / 3;
  if (!kernels_apply(query_key_value)) {
    return attention(query_key_value.narrow(1, 0, hidden), query_key_value.narrow(1, hidden, 2 * hidden), packing,
                     num_heads, dropout, places);
  }
  require_sizes(kOp, "query_key_value", query_key_value, {packing.rows, 3 * hidden});
  require_layout(hidden, packing, num_heads, places);
  const at::TensorOptions plain = query_key_value.options().requires_grad(false);
  const at::Tensor bias = places.bias.defined() ? places.bias : at::empty({0}, plain);
  return Attention::apply(at::empty({0}, plain), query_key_value, bias, packing, num_heads, dropout, places.window);
}

}  // namespace tt::ops
