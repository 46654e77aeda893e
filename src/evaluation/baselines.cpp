#include "transfer_tune/evaluation/baselines.hpp"

#include <algorithm>
#include <vector>

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

namespace tt::evaluation {
namespace {

std::int32_t most_frequent(std::span<const std::int32_t> labels, std::size_t num_classes) {
  std::vector<std::size_t> counts(num_classes);
  for (const std::int32_t label : labels) {
    if (label < 0 || static_cast<std::size_t>(label) >= num_classes) {
      throw InternalError(concat("majority baseline: training label ", label, " is none of ", num_classes, " classes"));
    }
    ++counts[static_cast<std::size_t>(label)];
  }
  return static_cast<std::int32_t>(std::max_element(counts.begin(), counts.end()) - counts.begin());
}

}  // namespace

Baseline baseline(std::span<const std::int32_t> labels, std::span<const std::int32_t> predictions,
                  std::size_t num_classes) {
  const LabelMetrics metrics = label_metrics(labels, predictions, num_classes);
  return {.accuracy = metrics.accuracy, .macro_f1 = metrics.macro.f1};
}

Baseline majority_baseline(std::span<const std::int32_t> training_labels, std::span<const std::int32_t> labels,
                           std::size_t num_classes) {
  if (training_labels.empty()) throw InternalError("majority baseline: no training labels");
  const std::vector<std::int32_t> predictions(labels.size(), most_frequent(training_labels, num_classes));
  return baseline(labels, predictions, num_classes);
}

}  // namespace tt::evaluation
