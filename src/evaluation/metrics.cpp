#include "transfer_tune/evaluation/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "evaluation/averaging.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/evaluation/calibration.hpp"

namespace tt::evaluation {
namespace {

bool is_known(std::int32_t label, std::size_t num_classes) {
  return label >= 0 && static_cast<std::size_t>(label) < num_classes;
}

void check(const Scores& scores) {
  if (scores.probabilities.size() != scores.size() * scores.num_classes ||
      (scores.num_classes == 0 && !scores.labels.empty())) {
    throw InternalError(concat("scores: ", scores.probabilities.size(), " probabilities for ", scores.size(),
                               " texts × ", scores.num_classes, " classes"));
  }
  const auto bad = std::find_if_not(scores.probabilities.begin(), scores.probabilities.end(),
                                    [](double p) { return std::isfinite(p); });
  if (bad != scores.probabilities.end()) {
    const auto position = static_cast<std::size_t>(bad - scores.probabilities.begin());
    throw NonFiniteError(concat("scores: the probability of class ", position % scores.num_classes, " for text ",
                                position / scores.num_classes, " is not a finite number"));
  }
}

double ratio(std::size_t numerator, std::size_t denominator) {
  return denominator == 0 ? kUndefined : static_cast<double>(numerator) / static_cast<double>(denominator);
}

struct Counts {
  std::size_t correct = 0;
  std::size_t support = 0;
  std::size_t predicted = 0;
};

ClassMetrics class_metrics(const Counts& counts) {
  return {.precision = ratio(counts.correct, counts.predicted),
          .recall = ratio(counts.correct, counts.support),
          .f1 = ratio(2 * counts.correct, counts.support + counts.predicted),
          .support = counts.support,
          .predicted = counts.predicted};
}

double top_accuracy(const Scores& scores, std::size_t k) {
  std::size_t hits = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const std::vector<std::int32_t> top = top_k(scores.row(i), k);
    hits += std::find(top.begin(), top.end(), scores.labels[i]) != top.end() ? 1 : 0;
  }
  return ratio(hits, scores.size());
}

double log_loss(const Scores& scores) {
  constexpr double epsilon = std::numeric_limits<double>::epsilon();
  double sum = 0;
  std::size_t known = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (!is_known(scores.labels[i], scores.num_classes)) continue;
    const double probability = scores.row(i)[static_cast<std::size_t>(scores.labels[i])];
    sum -= std::log(std::clamp(probability, epsilon, 1 - epsilon));
    ++known;
  }
  return known == 0 ? kUndefined : sum / static_cast<double>(known);
}

}  // namespace

void add(Averages& sum, const ClassMetrics& figures, double weight) {
  const auto defined = [](double figure) { return std::isnan(figure) ? 0.0 : figure; };
  sum.precision += weight * defined(figures.precision);
  sum.recall += weight * defined(figures.recall);
  sum.f1 += weight * defined(figures.f1);
}

Averages divided(const Averages& sum, double divisor) {
  return {.precision = sum.precision / divisor, .recall = sum.recall / divisor, .f1 = sum.f1 / divisor};
}

std::vector<std::int32_t> top_k(std::span<const double> row, std::size_t k) {
  std::vector<std::int32_t> order(row.size());
  std::iota(order.begin(), order.end(), 0);
  const auto value = [&](std::int32_t id) { return row[static_cast<std::size_t>(id)]; };
  const auto larger = [&](std::int32_t a, std::int32_t b) {
    return value(a) > value(b) || (value(a) == value(b) && a < b);
  };
  const std::size_t kept = std::min(k, order.size());
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(kept), order.end(), larger);
  order.resize(kept);
  return order;
}

std::vector<std::int32_t> predictions(const Scores& scores) {
  check(scores);
  std::vector<std::int32_t> predicted(scores.size());
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const auto row = scores.row(i);
    predicted[i] = static_cast<std::int32_t>(std::max_element(row.begin(), row.end()) - row.begin());
  }
  return predicted;
}

std::vector<double> softmax(std::span<const float> logits, std::size_t num_classes, double temperature) {
  if (num_classes == 0 || logits.size() % num_classes != 0) {
    throw InternalError(concat("softmax: ", logits.size(), " logits do not make rows of ", num_classes));
  }
  std::vector<double> probabilities(logits.begin(), logits.end());
  for (std::size_t begin = 0; begin < probabilities.size(); begin += num_classes) {
    const auto row = std::span(probabilities).subspan(begin, num_classes);
    const double largest = *std::max_element(row.begin(), row.end());
    double sum = 0;
    for (double& value : row) sum += value = std::exp((value - largest) / temperature);
    for (double& value : row) value /= sum;
  }
  return probabilities;
}

LabelMetrics label_metrics(std::span<const std::int32_t> labels, std::span<const std::int32_t> predictions,
                           std::size_t num_classes) {
  if (labels.size() != predictions.size()) {
    throw InternalError(concat("metrics: ", labels.size(), " labels for ", predictions.size(), " predictions"));
  }
  LabelMetrics metrics;
  metrics.count = labels.size();
  metrics.confusion.resize(num_classes * num_classes);
  std::map<std::int32_t, Counts> classes;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (!is_known(predictions[i], num_classes)) {
      throw InternalError(concat("metrics: prediction ", predictions[i], " is none of ", num_classes, " classes"));
    }
    ++classes[labels[i]].support;
    ++classes[predictions[i]].predicted;
    if (labels[i] == predictions[i]) {
      ++classes[labels[i]].correct;
      ++metrics.correct;
    }
    if (is_known(labels[i], num_classes)) {
      ++metrics.confusion[static_cast<std::size_t>(labels[i]) * num_classes + static_cast<std::size_t>(predictions[i])];
    } else {
      ++metrics.unknown_labels;
    }
  }

  metrics.per_class.resize(num_classes);
  if (labels.empty()) return metrics;
  Averages macro{0, 0, 0};
  Averages weighted{0, 0, 0};
  for (const auto& [label, counts] : classes) {
    const ClassMetrics figures = class_metrics(counts);
    add(macro, figures, 1);
    add(weighted, figures, static_cast<double>(counts.support));
    if (is_known(label, num_classes)) metrics.per_class[static_cast<std::size_t>(label)] = figures;
  }
  metrics.accuracy = ratio(metrics.correct, metrics.count);
  metrics.micro = {metrics.accuracy, metrics.accuracy, metrics.accuracy};
  metrics.macro = divided(macro, static_cast<double>(classes.size()));
  metrics.weighted = divided(weighted, static_cast<double>(labels.size()));
  return metrics;
}

Metrics compute_metrics(const Scores& scores) {
  const std::vector<std::int32_t> predicted = predictions(scores);
  Metrics metrics{label_metrics(scores.labels, predicted, scores.num_classes)};
  metrics.top3_accuracy = top_accuracy(scores, 3);
  metrics.log_loss = log_loss(scores);
  metrics.ece = expected_calibration_error(reliability_bins(scores));
  return metrics;
}

}  // namespace tt::evaluation
