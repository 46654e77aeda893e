#include "transfer_tune/evaluation/breakdown.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

namespace tt::evaluation {

std::vector<ConfusedPair> most_confused(const Scores& scores, std::size_t max_pairs, std::size_t max_examples) {
  const std::vector<std::int32_t> predicted = predictions(scores);
  std::map<std::int32_t, std::size_t> support;
  std::map<std::pair<std::int32_t, std::int32_t>, std::vector<std::size_t>> errors;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const std::int32_t label = scores.labels[i];
    if (label < 0 || static_cast<std::size_t>(label) >= scores.num_classes) continue;
    ++support[label];
    if (label != predicted[i]) errors[{label, predicted[i]}].push_back(i);
  }

  std::vector<ConfusedPair> pairs;
  for (auto& [pair, texts] : errors) {
    const auto confidence = [&](std::size_t i) { return scores.row(i)[static_cast<std::size_t>(predicted[i])]; };
    std::stable_sort(texts.begin(), texts.end(),
                     [&](std::size_t a, std::size_t b) { return confidence(a) > confidence(b); });
    const std::size_t count = texts.size();
    texts.resize(std::min(count, max_examples));
    pairs.push_back({.label = pair.first,
                     .prediction = pair.second,
                     .count = count,
                     .share = static_cast<double>(count) / static_cast<double>(support[pair.first]),
                     .examples = std::move(texts)});
  }
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const ConfusedPair& a, const ConfusedPair& b) { return a.count > b.count; });
  pairs.resize(std::min(pairs.size(), max_pairs));
  return pairs;
}

std::vector<Slice> slices(const Scores& scores, const std::vector<std::string>& values) {
  if (values.size() != scores.size()) {
    throw InternalError(concat("slices: ", values.size(), " values for ", scores.size(), " texts"));
  }
  struct Part {
    std::vector<std::int32_t> labels;
    std::vector<std::int32_t> predictions;
  };
  const std::vector<std::int32_t> predicted = predictions(scores);
  std::map<std::string, Part> parts;
  for (std::size_t i = 0; i < values.size(); ++i) {
    Part& part = parts[values[i]];
    part.labels.push_back(scores.labels[i]);
    part.predictions.push_back(predicted[i]);
  }
  std::vector<Slice> result;
  for (const auto& [value, part] : parts) {
    const LabelMetrics metrics = label_metrics(part.labels, part.predictions, scores.num_classes);
    result.push_back(
        {.value = value, .count = metrics.count, .accuracy = metrics.accuracy, .macro_f1 = metrics.macro.f1});
  }
  return result;
}

}  // namespace tt::evaluation
