#include "transfer_tune/core/random.hpp"
#include "transfer_tune/ops/packed.hpp"

#include "ops/kernels/kernels.hpp"
#include "ops/threshold.hpp"

#include <ATen/ATen.h>

#include <cmath>
#include <limits>

namespace tt::ops::reference {
namespace {

/// The scaled keep-mask [heads, queries, length] of one sequence's attention.
at::Tensor attention_mask(std::int64_t first_query, std::int64_t queries, std::int64_t length, std::int64_t heads,
                          const Dropout& dropout, const at::TensorOptions& options) {
  at::Tensor mask = at::empty({heads, queries, length}, at::kDouble);
  double* out = mask.mutable_data_ptr<double>();
  for (std::int64_t head = 0; head < heads; ++head) {
    for (std::int64_t i = 0; i < queries; ++i) {
      const std::uint64_t block = attention_mask_block(first_query + i, heads, head);
      for (std::int64_t j = 0; j < length; ++j) {
        const auto draws = philox(dropout.key, block + static_cast<std::uint64_t>(j / 4));
        *out++ = draws[static_cast<std::size_t>(j % 4)] >= keep_threshold(dropout.p) ? 1.0 / (1.0 - dropout.p) : 0.0;
      }
    }
  }
  return mask.to(options);
}

/// Keys' places less queries': [queries, length].
at::Tensor distances_of(std::int64_t queries, std::int64_t length) {
  return at::arange(length, at::kLong).unsqueeze(0) - at::arange(queries, at::kLong).unsqueeze(1);
}

/// The products of `x` [heads, rows, d] with the vectors of places `vectors` [distances, heads·d], by `columns` [rows,
/// others] of those: [heads, rows, others].
at::Tensor place_products(const at::Tensor& x, const at::Tensor& vectors, const at::Tensor& columns) {
  const std::int64_t heads = x.size(0);
  const at::Tensor by_head = vectors.reshape({vectors.size(0), heads, x.size(2)}).permute({1, 2, 0});
  return at::matmul(x, by_head).gather(2, columns.unsqueeze(0).expand({heads, -1, -1}));
}

/// What is added to the scores [heads, queries, length] of one sequence.
at::Tensor added_scores(const AttentionPlaces& places, std::int64_t queries, std::int64_t length, at::Device device) {
  const at::Tensor distances = distances_of(queries, length);
  at::Tensor added = at::zeros({1, queries, length}, at::TensorOptions().device(device));
  if (places.bias.defined()) {
    const at::Tensor columns = (distances + places.bias.size(1) / 2).flatten().to(device);
    added = places.bias.index_select(1, columns).reshape({places.bias.size(0), queries, length});
  }
  if (places.window < 0) return added;
  return added.masked_fill((distances.abs() > places.window).to(device), -std::numeric_limits<float>::infinity());
}

}  // namespace

at::Tensor attention(const at::Tensor& query, const at::Tensor& key_value, const Packing& packing,
                     std::int64_t num_heads, const Dropout& dropout, const AttentionPlaces& places) {
  const std::int64_t hidden = query.size(1);
  const std::int64_t head_dim = hidden / num_heads;
  const bool first_only = is_first_only(query, packing);
  std::vector<at::Tensor> outputs;
  for (std::int64_t s = 0; s < packing.sequences(); ++s) {
    const std::int64_t first = packing.offsets[s];
    const std::int64_t length = packing.length(s);
    const std::int64_t first_query = first_only ? s : first;
    const std::int64_t queries = first_only ? 1 : length;
    const auto heads = [&](const at::Tensor& x) { return x.reshape({x.size(0), num_heads, head_dim}).transpose(0, 1); };
    const at::Tensor rows = key_value.narrow(0, first, length);
    const at::Tensor asking = heads(query.narrow(0, first_query, queries));
    const at::Tensor keys = heads(rows.narrow(1, 0, hidden));
    at::Tensor scores = at::matmul(asking, keys.transpose(1, 2));
    std::int64_t products = 1;
    const auto columns = [&](const at::Tensor& vectors) {
      return (distances_of(queries, length) + vectors.size(0) / 2).to(query.device());
    };
    if (places.of_queries.defined()) {
      scores = scores + place_products(asking, places.of_queries, columns(places.of_queries));
      ++products;
    }
    if (places.of_keys.defined()) {
      scores = scores + place_products(keys, places.of_keys, columns(places.of_keys).t()).transpose(1, 2);
      ++products;
    }
    scores = scores / std::sqrt(static_cast<double>(head_dim * products));
    if (places.bias.defined() || places.window >= 0) {
      scores = scores + added_scores(places, queries, length, query.device());
    }
    at::Tensor probabilities = at::softmax(scores, -1);
    if (dropout.p > 0) {
      probabilities = probabilities * attention_mask(first_query, queries, length, num_heads, dropout,
                                                     query.options().requires_grad(false));
    }
    outputs.push_back(
        at::matmul(probabilities, heads(rows.narrow(1, hidden, hidden))).transpose(0, 1).reshape({queries, hidden}));
  }
  const std::int64_t dummies = first_only ? 0 : packing.rows - packing.offsets.back();
  if (dummies > 0) outputs.push_back(at::zeros({dummies, hidden}, query.options().requires_grad(false)));
  return at::cat(outputs);
}

at::Tensor add_layer_norm(const at::Tensor& x, const at::Tensor& x_bias, const at::Tensor& residual,
                          const at::Tensor& weight, const at::Tensor& bias, double eps, const Dropout& dropout) {
  return at::layer_norm(ops::dropout(x + x_bias, dropout) + residual, {x.size(1)}, weight, bias, eps);
}

at::Tensor bias_gelu(const at::Tensor& x, const at::Tensor& bias) { return at::gelu(x + bias); }

at::Tensor gated_gelu(const at::Tensor& x) {
  const std::vector<at::Tensor> halves = x.chunk(2, 1);
  return at::gelu(halves[0]) * halves[1];
}

at::Tensor rotate(const at::Tensor& x, std::int64_t heads, const Packing& packing, const Rotation& by) {
  const std::int64_t half = by.cosines.size(1);
  const at::Tensor places = at::tensor(packing.places(), at::kLong).to(x.device());
  const at::Tensor cosines = by.cosines.index_select(0, places).unsqueeze(1);
  const at::Tensor sines = by.sines.index_select(0, places).unsqueeze(1);
  const at::Tensor turned = x.narrow(1, 0, heads * 2 * half).reshape({x.size(0), heads, 2 * half});
  const at::Tensor left = turned.narrow(2, 0, half);
  const at::Tensor right = turned.narrow(2, half, half);
  const at::Tensor out = at::cat({left * cosines - right * sines, right * cosines + left * sines}, 2).flatten(1);
  return at::cat({out, x.narrow(1, out.size(1), x.size(1) - out.size(1))}, 1);
}

}  // namespace tt::ops::reference
