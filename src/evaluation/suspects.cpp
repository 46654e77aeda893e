#include "transfer_tune/evaluation/suspects.hpp"

#include <algorithm>
#include <cmath>

#include "evaluation/percentile.hpp"

namespace tt::evaluation {
namespace {

constexpr double kLeastShare = 0.05;
constexpr std::size_t kLeastTexts = 2;
/// What makes the median absolute deviation of normal values their standard deviation.
constexpr double kNormalScale = 1.4826;
constexpr double kDeviations = 3;
constexpr std::size_t kFewestValues = 5;
constexpr std::size_t kFewestTexts = 5;
constexpr double kShareOfMedian = 0.2;

}  // namespace

std::vector<IndistinctClasses> indistinct_classes(const Scores& scores) {
  const std::size_t classes = scores.num_classes;
  const LabelMetrics metrics = label_metrics(scores.labels, predictions(scores), classes);
  const auto count = [&](std::size_t label, std::size_t prediction) {
    return metrics.confusion[label * classes + prediction];
  };
  const auto share = [&](std::size_t label, std::size_t prediction) {
    return static_cast<double>(count(label, prediction)) / static_cast<double>(metrics.per_class[label].support);
  };
  std::vector<IndistinctClasses> pairs;
  for (std::size_t a = 0; a < classes; ++a) {
    for (std::size_t b = a + 1; b < classes; ++b) {
      if (std::min(count(a, b), count(b, a)) < kLeastTexts || std::min(share(a, b), share(b, a)) < kLeastShare)
        continue;
      pairs.push_back({static_cast<std::int32_t>(a), static_cast<std::int32_t>(b), share(a, b), share(b, a)});
    }
  }
  const auto overlap = [](const IndistinctClasses& pair) { return std::min(pair.label_as_other, pair.other_as_label); };
  std::stable_sort(pairs.begin(), pairs.end(),
                   [&](const IndistinctClasses& x, const IndistinctClasses& y) { return overlap(x) > overlap(y); });
  return pairs;
}

double outlier_limit(std::vector<double> values) {
  if (values.size() < kFewestValues) return kUndefined;
  const double median = quantile(values, 0.5);
  for (double& value : values) value = std::abs(value - median);
  return median + kDeviations * kNormalScale * quantile(std::move(values), 0.5);
}

double quantile(std::vector<double> values, double share) {
  if (values.empty()) return kUndefined;
  std::sort(values.begin(), values.end());
  return percentile(values, share);
}

std::size_t few_texts_limit(const std::vector<std::size_t>& texts_by_class) {
  std::vector<double> counts;
  counts.reserve(texts_by_class.size());
  for (const std::size_t texts : texts_by_class) {
    if (texts > 0) counts.push_back(static_cast<double>(texts));
  }
  const double share = counts.empty() ? 0 : kShareOfMedian * quantile(std::move(counts), 0.5);
  return std::max(kFewestTexts, static_cast<std::size_t>(share));
}

}  // namespace tt::evaluation
