#include "transfer_tune/training/forward.hpp"

#include "transfer_tune/training/rows.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <functional>
#include <numeric>
#include <span>
#include <utility>

namespace tt::training {
namespace {

/// Tokens an inference batch holds: enough to fill the matrix units, few enough to stay in the cache.
constexpr std::size_t kInferenceTokens = 768;

/// Calls `run` with batches of positions in `texts`, ordered by length so that no text waits for a longer one.
void for_each_batch(const Texts& texts, std::string_view stage, const ProgressCallback& progress,
                    const std::function<void(const std::vector<std::size_t>&)>& run) {
  const auto length = [&](std::size_t position) { return texts.set->sequences[texts.indices[position]].size(); };
  std::vector<std::size_t> order(texts.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return length(a) > length(b); });
  std::size_t done = 0;
  while (done < order.size()) {
    throw_if_interrupted();
    std::vector<std::size_t> batch;
    std::size_t tokens = 0;
    while (done + batch.size() < order.size()) {
      const std::size_t next = order[done + batch.size()];
      if (!batch.empty() && tokens + length(next) > kInferenceTokens) break;
      tokens += length(next);
      batch.push_back(next);
    }
    run(batch);
    done += batch.size();
    if (progress) progress({.stage = stage, .done = done, .total = order.size()});
  }
}

model::PackedBatch pack_batch(const EncodedSet& set, const std::vector<std::size_t>& indices, std::int32_t pad_id,
                              at::Device device) {
  std::vector<std::span<const std::int32_t>> sequences;
  sequences.reserve(indices.size());
  for (const std::size_t i : indices) sequences.push_back(set.sequences[i]);
  return model::pack(sequences, pad_id, device);
}

/// The cached rows of the texts at `indices` with their packing.
std::pair<at::Tensor, ops::Packing> gather(const PrefixCache& cache, const std::vector<std::size_t>& indices,
                                           at::Device device) {
  std::vector<std::int64_t> lengths;
  lengths.reserve(indices.size());
  for (const std::size_t i : indices) lengths.push_back(cache.offsets[i + 1] - cache.offsets[i]);
  ops::Packing packing = model::packing_of(lengths);
  at::Tensor hidden = at::empty({packing.rows, cache.rows.size(1)}, cache.rows.options());
  const auto row_bytes = static_cast<std::size_t>(cache.rows.size(1)) * cache.rows.element_size();
  auto* out = static_cast<std::byte*>(hidden.mutable_data_ptr());
  const auto* rows = static_cast<const std::byte*>(cache.rows.const_data_ptr());
  for (std::size_t s = 0; s < indices.size(); ++s) {
    const std::size_t count = static_cast<std::size_t>(lengths[s]) * row_bytes;
    std::memcpy(out, rows + static_cast<std::size_t>(cache.offsets[indices[s]]) * row_bytes, count);
    out += count;
  }
  std::memset(out, 0, static_cast<std::size_t>(packing.rows - packing.offsets.back()) * row_bytes);
  return {hidden.to(device, at::kFloat), std::move(packing)};
}

}  // namespace

PrefixCache lay_out_prefix(const model::Classifier& classifier, const EncodedSet& set, std::int64_t depth) {
  const bool pooled = depth == classifier.encoder().spec().depth();
  PrefixCache cache{depth, {}, {0}};
  cache.offsets.reserve(set.size() + 1);
  for (std::size_t i = 0; i < set.size(); ++i) {
    cache.offsets.push_back(cache.offsets.back() + (pooled ? 1 : static_cast<std::int64_t>(set.sequences[i].size())));
  }
  return cache;
}

void fill_prefix(PrefixCache& cache, const model::Classifier& classifier, const EncodedSet& set, std::int32_t pad_id,
                 std::string_view stage, const ProgressCallback& progress) {
  const at::NoGradGuard no_grad;
  const model::Encoder& encoder = classifier.encoder();
  const bool pooled = cache.depth == encoder.spec().depth();
  for_each_batch(set, stage, progress, [&](const std::vector<std::size_t>& batch) {
    const model::PackedBatch packed = pack_batch(set, batch, pad_id, classifier.device());
    at::Tensor hidden = encoder.embed(packed, {});
    if (pooled) {
      cache.rows.index_copy_(0, index_tensor(batch),
                             classifier.pool(hidden, packed.packing, 0, {}).to(at::kCPU, at::kFloat));
      return;
    }
    hidden = encoder.run_layers(hidden, packed.packing, 0, cache.depth - 1, {}).cpu();
    for (std::size_t s = 0; s < batch.size(); ++s) {
      const std::int64_t length = packed.packing.length(static_cast<std::int64_t>(s));
      cache.rows.narrow(0, cache.offsets[batch[s]], length).copy_(hidden.narrow(0, packed.packing.offsets[s], length));
    }
  });
}

PrefixCache run_prefix(const model::Classifier& classifier, const EncodedSet& set, std::int64_t depth,
                       std::int32_t pad_id, std::string_view stage, const ProgressCallback& progress) {
  PrefixCache cache = lay_out_prefix(classifier, set, depth);
  cache.rows = at::empty({cache.offsets.back(), classifier.encoder().spec().hidden_size}, at::kFloat);
  fill_prefix(cache, classifier, set, pad_id, stage, progress);
  return cache;
}

Outputs forward(const model::Classifier& classifier, const EncodedSet& set, const PrefixCache* cache,
                const std::vector<std::size_t>& indices, std::int32_t pad_id, const model::ForwardMode& mode) {
  const auto answer = [&](const at::Tensor& pooled) {
    at::Tensor features = classifier.features(pooled, mode);
    at::Tensor logits = classifier.logits(features, mode).to(at::kFloat);
    return Outputs{std::move(features), std::move(logits)};
  };
  if (cache != nullptr && cache->depth == classifier.encoder().spec().depth()) {
    return answer(rows_at(cache->rows, indices).to(classifier.device()));
  }
  if (cache != nullptr) {
    const auto [hidden, packing] = gather(*cache, indices, classifier.device());
    return answer(classifier.pool(hidden, packing, cache->depth - 1, mode));
  }
  const model::PackedBatch batch = pack_batch(set, indices, pad_id, classifier.device());
  return answer(classifier.pool(classifier.encoder().embed(batch, mode), batch.packing, 0, mode));
}

Outputs compute_outputs(const model::Classifier& classifier, const Texts& texts, const PrefixCache* cache,
                        std::int32_t pad_id, std::string_view stage, const ProgressCallback& progress) {
  const at::NoGradGuard no_grad;
  const auto rows = static_cast<std::int64_t>(texts.size());
  Outputs out{at::empty({rows, classifier.feature_size()}, at::kFloat),
              at::empty({rows, classifier.head().num_labels}, at::kFloat)};
  for_each_batch(texts, stage, progress, [&](const std::vector<std::size_t>& batch) {
    std::vector<std::size_t> indices;
    indices.reserve(batch.size());
    for (const std::size_t position : batch) indices.push_back(texts.indices[position]);
    const Outputs part = forward(classifier, *texts.set, cache, indices, pad_id, {});
    const at::Tensor at = index_tensor(batch);
    out.features.index_copy_(0, at, part.features.to(at::kCPU, at::kFloat));
    out.logits.index_copy_(0, at, part.logits.cpu());
  });
  return out;
}

at::Tensor compute_logits(const model::Classifier& classifier, const Texts& texts, const PrefixCache* cache,
                          std::int32_t pad_id, std::string_view stage, const ProgressCallback& progress) {
  return compute_outputs(classifier, texts, cache, pad_id, stage, progress).logits;
}

at::Tensor compute_features(const model::Classifier& classifier, const Texts& texts, std::int32_t pad_id,
                            std::string_view stage, const ProgressCallback& progress) {
  return compute_outputs(classifier, texts, nullptr, pad_id, stage, progress).features;
}

at::Tensor head_logits(const model::Classifier& classifier, const at::Tensor& features) {
  const at::NoGradGuard no_grad;
  return at::addmm(classifier.head_bias().cpu(), features, classifier.head_weight().cpu().t());
}

}  // namespace tt::training
