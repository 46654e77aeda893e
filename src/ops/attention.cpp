#include "ops/flash_attention.hpp"
#include "ops/parallel.hpp"
#include "ops/require.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/ops/packed.hpp"

#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
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

/// What a call is given beside queries, keys and values. Each tensor is empty where there is none: what autograd saves
/// of a function's arguments has to be there.
struct PlaceTensors {
  at::Tensor bias;
  at::Tensor of_queries;
  at::Tensor of_keys;
  /// Where there is either of the two: both transposed, with room for a vector behind them.
  at::Tensor transposed;
  std::int64_t window;
  std::int64_t products;  ///< that make a score
};

at::Tensor transposed_with_room(const at::Tensor& of_queries, const at::Tensor& of_keys) {
  const std::int64_t hidden = of_queries.size(1);
  at::Tensor out = at::zeros({2, hidden, of_queries.size(0) + kMostLanes}, of_queries.options());
  out[0].narrow(1, 0, of_queries.size(0)).copy_(of_queries.t());
  out[1].narrow(1, 0, of_keys.size(0)).copy_(of_keys.t());
  return out;
}

PlaceTensors place_tensors(const at::Tensor& bias, const at::Tensor& of_queries, const at::Tensor& of_keys,
                           std::int64_t window) {
  PlaceTensors places{bias.contiguous(), of_queries.contiguous(), of_keys.contiguous(), {}, window, 1};
  const bool queries = of_queries.numel() > 0;
  const bool keys = of_keys.numel() > 0;
  if (!queries && !keys) return places;
  places.products = 1 + (queries ? 1 : 0) + (keys ? 1 : 0);
  if (!queries) places.of_queries = at::zeros_like(places.of_keys);
  if (!keys) places.of_keys = at::zeros_like(places.of_queries);
  places.transposed = transposed_with_room(places.of_queries, places.of_keys);
  return places;
}

AttentionForward forward_args(const at::Tensor& query, const at::Tensor& key_value, const PlaceTensors& places,
                              std::int64_t heads) {
  const at::Tensor& bias = places.bias;
  const bool placed = places.transposed.defined();
  const float* transposed = placed ? places.transposed.const_data_ptr<float>() : nullptr;
  const std::int64_t columns = placed ? places.transposed.size(2) : 0;
  std::int64_t reach = bias.numel() == 0 ? 0 : bias.size(1) / 2;
  if (placed) reach = places.of_queries.size(0) / 2;
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
          .reach = reach,
          .window = places.window,
          .of_queries = placed ? places.of_queries.const_data_ptr<float>() : nullptr,
          .of_keys = placed ? places.of_keys.const_data_ptr<float>() : nullptr,
          .of_queries_transposed = transposed,
          .of_keys_transposed = placed ? transposed + hidden * columns : nullptr,
          .place_columns = columns,
          .scale = 1.0F / std::sqrt(static_cast<float>(hidden / heads * places.products))};
}

/// An empty `query` or tensor of places stands for none.
struct Attention : Function<Attention> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& query_in, const at::Tensor& key_value_in,
                            const at::Tensor& bias, const at::Tensor& of_queries, const at::Tensor& of_keys,
                            const Packing& packing, std::int64_t heads, const Dropout& dropout, std::int64_t window) {
    const at::Tensor query = query_in.contiguous();
    const at::Tensor key_value = key_value_in.contiguous();
    const PlaceTensors places = place_tensors(bias, of_queries, of_keys, window);
    const bool first_only = !is_joined(query) && is_first_only(query, packing);
    AttentionForward args = forward_args(query, key_value, places, heads);
    at::Tensor output =
        at::empty({first_only ? packing.sequences() : packing.rows, args.output_stride}, key_value.options());
    args.output = output.mutable_data_ptr<float>();
    const KernelDropout mask = kernel_dropout(dropout);
    for_each_head(packing, first_only, heads, args.head_dim, ranges_of(packing, heads),
                  [&](std::int64_t, const AttentionTask& task, float* scratch) {
                    kernels().attention_forward(args, task, mask, scratch);
                  });
    if (!first_only) zero_from(output, packing.offsets.back());
    context->save_for_backward({query, key_value, bias, of_queries, of_keys});
    context->saved_data["heads"] = heads;
    context->saved_data["window"] = window;
    save_dropout(*context, dropout);
    context->saved_data["rows"] = packing.rows;
    context->saved_data["offsets"] = std::vector<std::int64_t>(packing.offsets.begin(), packing.offsets.end());
    return output;
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &query = saved[0], &key_value = saved[1];
    const PlaceTensors places = place_tensors(saved[2], saved[3], saved[4], context->saved_data["window"].toInt());
    const at::Tensor& bias = places.bias;
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
    const auto accumulators = [&](const at::Tensor& x, bool asked_for) {
      return asked_for && x.numel() > 0 ? at::zeros({ranges, x.size(0), x.size(1)}, x.options()) : at::Tensor();
    };
    const at::Tensor grad_bias = accumulators(bias, context->needs_input_grad(2));
    const bool places_train = context->needs_input_grad(3) || context->needs_input_grad(4);
    const at::Tensor grad_of_queries = accumulators(places.of_queries, places_train);
    const at::Tensor grad_of_keys = accumulators(places.of_keys, places_train);
    const AttentionForward forward = forward_args(query, key_value, places, heads);
    auto* rows = grad_key_value.mutable_data_ptr<float>();
    float* grad_key = joined ? rows + forward.output_stride : rows;
    const AttentionBackward args{.forward = forward,
                                 .grad_output = grad_output.const_data_ptr<float>(),
                                 .grad_query = joined ? rows : grad_query.mutable_data_ptr<float>(),
                                 .grad_key = grad_key,
                                 .grad_value = grad_key + forward.output_stride,
                                 .grad_bias = nullptr,
                                 .grad_of_queries = nullptr,
                                 .grad_of_keys = nullptr};
    for_each_head(packing, first_only, heads, forward.head_dim, ranges,
                  [&](std::int64_t range, const AttentionTask& task, float* scratch) {
                    AttentionBackward mine = args;
                    mine.grad_bias = part_of(grad_bias, range);
                    mine.grad_of_queries = part_of(grad_of_queries, range);
                    mine.grad_of_keys = part_of(grad_of_keys, range);
                    kernels().attention_backward(mine, task, mask, scratch);
                  });
    if (!joined && !first_only) zero_from(grad_query, packing.offsets.back());
    zero_from(grad_key_value, packing.offsets.back());
    const auto total = [&](const at::Tensor& x, std::size_t input) {
      return x.defined() && context->needs_input_grad(input) ? x.sum(0) : at::Tensor();
    };
    return {
        grad_query, grad_key_value, total(grad_bias, 2), total(grad_of_queries, 3), total(grad_of_keys, 4), {}, {}, {},
        {}};
  }

 private:
  static float* part_of(const at::Tensor& accumulators, std::int64_t range) {
    return accumulators.defined() ? accumulators[range].mutable_data_ptr<float>() : nullptr;
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
  const std::int64_t least = 2 * packing.longest() - 1;
  std::int64_t distances = 0;  // that the first of them has room for, and so must the others
  const auto require_places = [&](const char* name, const at::Tensor& x, std::int64_t side, std::int64_t width) {
    if (!x.defined()) return;
    require_matrix(kOp, name, x);
    const std::int64_t found = x.size(side);
    const bool fits = found >= least && found % 2 == 1 && (distances == 0 || found == distances);
    if (!fits || x.size(1 - side) != width) {
      const std::int64_t expected = distances == 0 ? least : distances;
      reject_argument(kOp, name, x, side == 1 ? at::IntArrayRef{width, expected} : at::IntArrayRef{expected, width});
    }
    distances = found;
  };
  require_places("bias", places.bias, 1, heads);
  require_places("of_queries", places.of_queries, 0, hidden);
  require_places("of_keys", places.of_keys, 0, hidden);
}

at::Tensor apply(const at::Tensor& query, const at::Tensor& key_value, const Packing& packing, std::int64_t heads,
                 const Dropout& dropout, const AttentionPlaces& places) {
  const auto there = [&](const at::Tensor& x) {
    return x.defined() ? x.to(at::kFloat) : at::empty({0}, key_value.options().requires_grad(false));
  };
  return Attention::apply(there(query), key_value, there(places.bias), there(places.of_queries), there(places.of_keys),
                          packing, heads, dropout, places.window);
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
  return apply(query, key_value, packing, num_heads, dropout, places);
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
  return apply({}, query_key_value, packing, num_heads, dropout, places);
}

}  // namespace tt::ops
