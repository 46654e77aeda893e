#include "ops/flash_attention.hpp"

#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>

#include <cmath>
#include <mutex>
#include <numeric>
#include <optional>
#include <vector>

namespace tt::ops {
namespace {

constexpr std::int64_t kHeadMultiple = 8;
constexpr std::int64_t kLargestHead = 256;

at::Tensor to_device(const std::vector<std::int32_t>& values, at::Device device) {
  return at::tensor(values, at::kInt).to(device);
}

/// Its masks are drawn by the device's generator, whose state is set from the key so that they do not depend on what
/// ran before.
void seed_device(at::Device device, std::uint64_t key) {
  at::Generator generator = at::globalContext().defaultGenerator(device);
  const std::lock_guard<std::mutex> lock(generator.mutex());
  generator.set_current_seed(key);
}

}  // namespace

bool flash_applies(const at::Tensor& query, const Packing& packing, std::int64_t num_heads,
                   const AttentionPlaces& places) {
  const std::int64_t head_dim = query.size(1) / num_heads;
  // It lays a lone query at the end of its keys, where a window would show it others.
  const bool window_fits = places.window < 0 || !is_first_only(query, packing);
  const bool plain_scores = !places.bias.defined() && !places.of_queries.defined() && !places.of_keys.defined();
  return query.is_cuda() && at::autocast::is_autocast_enabled(at::kCUDA) && head_dim % kHeadMultiple == 0 &&
         head_dim <= kLargestHead && plain_scores && window_fits;
}

at::Tensor flash_attention(const at::Tensor& query, const at::Tensor& key_value, const Packing& packing,
                           std::int64_t num_heads, const Dropout& dropout, std::int64_t window) {
  const std::int64_t hidden = query.size(1);
  const std::int64_t head_dim = hidden / num_heads;
  const std::int64_t tokens = packing.offsets.back();
  const bool first_only = is_first_only(query, packing);
  const std::int64_t queries = first_only ? packing.sequences() : tokens;
  const auto heads = [&](const at::Tensor& x, std::int64_t rows) {
    return x.narrow(0, 0, rows).to(at::kBFloat16).reshape({rows, num_heads, head_dim});
  };
  const std::int64_t longest = packing.longest();
  const std::optional<std::int64_t> reach(window);  // below 0: none
  const at::Tensor key_offsets = to_device(packing.offsets, query.device());
  at::Tensor query_offsets = key_offsets;
  if (first_only) {
    std::vector<std::int32_t> places(packing.offsets.size());
    std::iota(places.begin(), places.end(), 0);
    query_offsets = to_device(places, query.device());
  }
  if (dropout.p > 0) seed_device(query.device(), dropout.key);
  const at::Tensor output = std::get<0>(at::_flash_attention_forward(
      heads(query, queries), heads(key_value.narrow(1, 0, hidden), tokens),
      heads(key_value.narrow(1, hidden, hidden), tokens), query_offsets, key_offsets, first_only ? 1 : longest, longest,
      dropout.p, /*is_causal=*/false, /*return_debug_mask=*/false, 1.0 / std::sqrt(static_cast<double>(head_dim)),
      reach, reach));
  const at::Tensor rows = output.reshape({queries, hidden}).to(query.scalar_type());
  return queries == query.size(0) ? rows : at::constant_pad_nd(rows, {0, 0, 0, query.size(0) - queries});
}

}  // namespace tt::ops
