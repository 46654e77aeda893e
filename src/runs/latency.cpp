#include "runs/latency.hpp"

#include "transfer_tune/core/log.hpp"
#include "transfer_tune/core/process.hpp"
#include "transfer_tune/evaluation/metrics.hpp"
#include "transfer_tune/evaluation/suspects.hpp"
#include "transfer_tune/training/forward.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <chrono>
#include <span>

namespace tt::runs {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kWarmUp = 5;
constexpr double kSinglesSeconds = 1.5;
constexpr std::size_t kFewestSingles = 20;
constexpr double kBatchSeconds = 0.5;
constexpr std::size_t kFewestBatches = 3;

}  // namespace

report::LatencyReport measure_latency(const model::Classifier& classifier, const tokenizer::Tokenizer& tokenizer,
                                      const std::vector<std::string_view>& texts, std::int64_t max_length,
                                      std::int64_t threads) {
  const auto answer = [&](const std::vector<std::string_view>& asked) {
    const auto start = Clock::now();
    training::EncodedSet set;
    for (const tokenizer::Encoding& encoding :
         tokenizer.encode_batch(asked, static_cast<std::size_t>(max_length), static_cast<std::size_t>(threads))) {
      set.sequences.append(encoding.ids);
    }
    set.labels.assign(asked.size(), -1);
    const at::Tensor logits = training::compute_logits(classifier, set, nullptr, tokenizer.pad_id(), "latency", {});
    const std::span<const float> values(logits.const_data_ptr<float>(), static_cast<std::size_t>(logits.numel()));
    (void)evaluation::softmax(values, static_cast<std::size_t>(logits.size(1)));
    return seconds_since(start);
  };
  const std::size_t warm_up = std::min(kWarmUp, texts.size());
  for (std::size_t i = 0; i < warm_up; ++i) (void)answer({texts[i]});
  std::vector<double> singles;
  singles.reserve(texts.size());
  const auto start = Clock::now();
  for (const std::string_view text : texts) {
    throw_if_interrupted();
    singles.push_back(answer({text}));
    if (singles.size() >= kFewestSingles && seconds_since(start) > kSinglesSeconds) break;
  }
  std::vector<double> batches;
  const auto batch_start = Clock::now();
  while (batches.size() < kFewestBatches || seconds_since(batch_start) < kBatchSeconds) {
    throw_if_interrupted();
    batches.push_back(answer(texts));
  }
  using evaluation::quantile;
  return {.texts = static_cast<std::int64_t>(singles.size()),
          .median_seconds = quantile(singles, 0.5),
          .p95_seconds = quantile(singles, 0.95),
          .texts_per_second = static_cast<double>(texts.size()) / quantile(batches, 0.5)};
}

}  // namespace tt::runs
