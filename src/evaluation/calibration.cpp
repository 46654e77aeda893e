#include "transfer_tune/evaluation/calibration.hpp"

#include <algorithm>
#include <cmath>

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

namespace tt::evaluation {
namespace {

constexpr double kLowestInverse = 1.0 / 20;  // of the temperature
constexpr double kHighestInverse = 20;
constexpr int kMostSteps = 200;

double edge(std::size_t bin) { return static_cast<double>(bin) / static_cast<double>(kReliabilityBins); }

std::size_t bin_of(double confidence) {
  std::size_t bin = 0;
  while (bin + 1 < kReliabilityBins && confidence > edge(bin + 1)) ++bin;
  return bin;
}

bool is_known(std::int32_t label, std::size_t num_classes) {
  return label >= 0 && static_cast<std::size_t>(label) < num_classes;
}

/// First and second derivative of the mean negative log-likelihood by the inverse temperature.
struct Derivatives {
  double first = 0;
  double second = 0;
};

/// The first is the mean over texts of (expected logit - the label's logit), the second that of the logits' variance.
Derivatives derivatives(std::span<const float> logits, std::span<const std::int32_t> labels, std::size_t num_classes,
                        double inverse) {
  Derivatives sum;
  double known = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (!is_known(labels[i], num_classes)) continue;
    const auto row = logits.subspan(i * num_classes, num_classes);
    const double largest = *std::max_element(row.begin(), row.end());
    double total = 0;
    double mean = 0;
    double square = 0;
    for (const float logit : row) {
      const double above = logit - largest;
      const double weight = std::exp(inverse * above);
      total += weight;
      mean += weight * above;
      square += weight * above * above;
    }
    mean /= total;
    sum.first += mean - (row[static_cast<std::size_t>(labels[i])] - largest);
    sum.second += square / total - mean * mean;
    ++known;
  }
  return {sum.first / known, sum.second / known};
}

}  // namespace

std::vector<ReliabilityBin> reliability_bins(const Scores& scores) {
  std::vector<ReliabilityBin> bins(kReliabilityBins);
  for (std::size_t bin = 0; bin < bins.size(); ++bin) bins[bin] = {.low = edge(bin), .high = edge(bin + 1)};
  const std::vector<std::int32_t> predicted = predictions(scores);
  std::vector<double> confidence(bins.size(), 0.0);
  std::vector<double> correct(bins.size(), 0.0);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const double largest = scores.row(i)[static_cast<std::size_t>(predicted[i])];
    const std::size_t bin = bin_of(largest);
    ++bins[bin].count;
    confidence[bin] += largest;
    correct[bin] += predicted[i] == scores.labels[i] ? 1 : 0;
  }
  for (std::size_t bin = 0; bin < bins.size(); ++bin) {
    if (bins[bin].count == 0) continue;
    const auto count = static_cast<double>(bins[bin].count);
    bins[bin].confidence = confidence[bin] / count;
    bins[bin].accuracy = correct[bin] / count;
  }
  return bins;
}

double expected_calibration_error(const std::vector<ReliabilityBin>& bins) {
  double gaps = 0;
  double texts = 0;
  for (const ReliabilityBin& bin : bins) {
    if (bin.count == 0) continue;
    const auto count = static_cast<double>(bin.count);
    gaps += count * std::abs(bin.accuracy - bin.confidence);
    texts += count;
  }
  return texts == 0 ? kUndefined : gaps / texts;
}

double brier_score(const Scores& scores) {
  double sum = 0;
  double known = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (!is_known(scores.labels[i], scores.num_classes)) continue;
    const auto row = scores.row(i);
    for (std::size_t c = 0; c < row.size(); ++c) {
      const double error = row[c] - (static_cast<std::int32_t>(c) == scores.labels[i] ? 1.0 : 0.0);
      sum += error * error;
    }
    ++known;
  }
  return known == 0 ? kUndefined : sum / known;
}

std::optional<double> fit_temperature(std::span<const float> logits, std::span<const std::int32_t> labels,
                                      std::size_t num_classes) {
  if (logits.size() != labels.size() * num_classes) {
    throw InternalError(
        concat("temperature: ", logits.size(), " logits for ", labels.size(), " texts × ", num_classes, " classes"));
  }
  if (!std::all_of(logits.begin(), logits.end(), [](float logit) { return std::isfinite(logit); })) {
    throw NonFiniteError("temperature: a logit is not a finite number");
  }
  // The derivative grows with the inverse temperature: Newton's method within a bracket of its root.
  double low = kLowestInverse;
  double high = kHighestInverse;
  const auto at = [&](double inverse) { return derivatives(logits, labels, num_classes, inverse); };
  if (!(at(low).first < 0 && at(high).first > 0)) return std::nullopt;
  double inverse = 1;
  for (int step = 0; step < kMostSteps; ++step) {
    const Derivatives here = at(inverse);
    (here.first < 0 ? low : high) = inverse;
    double next = inverse - here.first / here.second;
    if (!(next > low && next < high)) next = std::sqrt(low * high);
    const bool settled = std::abs(next - inverse) <= 1e-12 * inverse;
    inverse = next;
    if (settled) break;
  }
  return 1 / inverse;
}

}  // namespace tt::evaluation
