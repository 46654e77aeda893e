#include "runs/int8_check.hpp"

#include "transfer_tune/training/fit.hpp"
#include "transfer_tune/training/forward.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace tt::runs {
namespace {

/// Enough to see a difference of a point, few enough to take a second or two.
constexpr std::size_t kTexts = 500;

}  // namespace

report::Int8Report compare_int8(const model::Classifier& exact, const training::EncodedSet& set, std::int32_t pad_id) {
  const std::size_t count = std::min(kTexts, set.size());
  std::vector<std::size_t> sample(count);
  for (std::size_t i = 0; i < count; ++i) sample[i] = i * set.size() / count;
  const training::Texts texts(set, std::move(sample));
  const std::vector<std::int32_t> labels = texts.labels();
  const auto answers = [&](const model::Classifier& classifier) {
    return evaluation::predictions(
        training::to_scores(training::compute_logits(classifier, texts, nullptr, pad_id, "int8", {}), labels));
  };
  const std::vector<std::int32_t> given = answers(exact);
  const std::vector<std::int32_t> rounded = answers(exact.in_int8(exact.encoder().spec().num_hidden_layers));
  const auto share_equal = [&](const std::vector<std::int32_t>& a, const std::vector<std::int32_t>& b) {
    std::size_t equal = 0;
    for (std::size_t i = 0; i < count; ++i) equal += a[i] == b[i] ? 1 : 0;
    return count == 0 ? evaluation::kUndefined : static_cast<double>(equal) / static_cast<double>(count);
  };
  return {static_cast<std::int64_t>(count), share_equal(given, labels), share_equal(rounded, labels),
          share_equal(given, rounded)};
}

}  // namespace tt::runs
