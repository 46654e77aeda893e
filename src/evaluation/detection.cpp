#include "transfer_tune/evaluation/detection.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "evaluation/percentile.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

namespace tt::evaluation {
namespace {

constexpr double kRecall = 0.95;
constexpr double kOutliers = 0.005;

/// How many texts share a score.
struct Level {
  double score = 0;
  double in_scope = 0;
  double in_scope_correct = 0;
  double out_of_scope = 0;
};

/// The distinct scores, lowest first.
std::vector<Level> levels(std::span<const double> in_scope, std::span<const std::uint8_t> correct,
                          std::span<const double> out_of_scope) {
  std::vector<Level> all;
  all.reserve(in_scope.size() + out_of_scope.size());
  for (std::size_t i = 0; i < in_scope.size(); ++i) {
    all.push_back({in_scope[i], 1, !correct.empty() && correct[i] != 0 ? 1.0 : 0.0, 0});
  }
  for (const double score : out_of_scope) all.push_back({score, 0, 0, 1});
  for (const Level& level : all) {
    if (!std::isfinite(level.score)) throw NonFiniteError("an out-of-scope score is not a finite number");
  }
  std::sort(all.begin(), all.end(), [](const Level& a, const Level& b) { return a.score < b.score; });
  std::vector<Level> distinct;
  for (const Level& level : all) {
    if (distinct.empty() || distinct.back().score != level.score) {
      distinct.push_back(level);
      continue;
    }
    distinct.back().in_scope += level.in_scope;
    distinct.back().in_scope_correct += level.in_scope_correct;
    distinct.back().out_of_scope += level.out_of_scope;
  }
  return distinct;
}

}  // namespace

DetectionFigures detection_figures(std::span<const double> in_scope, std::span<const double> out_of_scope) {
  DetectionFigures figures;
  if (in_scope.empty() || out_of_scope.empty()) return figures;
  const auto all_in = static_cast<double>(in_scope.size());
  const auto all_out = static_cast<double>(out_of_scope.size());
  double lost = 0;   // in-scope texts at or below the level
  double found = 0;  // out-of-scope texts there
  double pairs = 0;  // in the right order
  double area = 0;   // under precision by recall
  double at_recall = kUndefined;
  for (const Level& level : levels(in_scope, {}, out_of_scope)) {
    pairs += level.in_scope * (found + level.out_of_scope / 2);
    lost += level.in_scope;
    found += level.out_of_scope;
    area += level.out_of_scope / all_out * found / (found + lost);
    if (std::isnan(at_recall) && found / all_out >= kRecall) at_recall = lost / all_in;
  }
  figures.auroc = pairs / (all_in * all_out);
  figures.aupr = area;
  figures.fpr_at_95_recall = at_recall;
  return figures;
}

double best_threshold(std::span<const double> in_scope, std::span<const std::uint8_t> correct,
                      std::span<const double> out_of_scope) {
  if (correct.size() != in_scope.size()) {
    throw InternalError(concat("threshold: ", correct.size(), " answers for ", in_scope.size(), " scores"));
  }
  if (in_scope.empty() || out_of_scope.empty()) return kUndefined;
  const std::vector<Level> steps = levels(in_scope, correct, out_of_scope);
  const auto all_in = static_cast<double>(in_scope.size());
  const auto all_out = static_cast<double>(out_of_scope.size());
  double right = std::accumulate(correct.begin(), correct.end(), 0.0);
  double found = 0;
  double threshold = steps.front().score;
  double best = right / all_in;
  for (std::size_t i = 0; i + 1 < steps.size(); ++i) {
    right -= steps[i].in_scope_correct;
    found += steps[i].out_of_scope;
    const double value = right / all_in + found / all_out;
    if (value <= best) continue;
    best = value;
    const double middle = std::midpoint(steps[i].score, steps[i + 1].score);
    // Between neighbouring doubles there is none.
    threshold = middle > steps[i].score ? middle : steps[i + 1].score;
  }
  return threshold;
}

double keeping_threshold(std::span<const double> in_scope, double share) {
  if (in_scope.empty()) return kUndefined;
  std::vector<double> sorted(in_scope.begin(), in_scope.end());
  std::sort(sorted.begin(), sorted.end());
  return percentile(sorted, 1 - share);
}

double kept_share(std::span<const double> scores, double threshold) {
  if (scores.empty()) return kUndefined;
  const auto rejected = std::count_if(scores.begin(), scores.end(), [&](double score) { return score < threshold; });
  return 1 - static_cast<double>(rejected) / static_cast<double>(scores.size());
}

std::vector<ScopeBin> scope_histogram(std::span<const double> in_scope, std::span<const double> out_of_scope,
                                      std::size_t bins) {
  std::vector<double> all(in_scope.begin(), in_scope.end());
  all.insert(all.end(), out_of_scope.begin(), out_of_scope.end());
  if (all.empty() || bins == 0) return {};
  std::sort(all.begin(), all.end());
  const double low = percentile(all, kOutliers);
  const double step = (all.back() - low) / static_cast<double>(bins);
  std::vector<ScopeBin> out(step > 0 ? bins : 1);
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i].low = low + step * static_cast<double>(i);
    out[i].high = i + 1 == out.size() ? all.back() : low + step * static_cast<double>(i + 1);
  }
  const auto bin_of = [&](double score) -> ScopeBin& {
    const auto above = std::upper_bound(out.begin(), out.end(), score,
                                        [](double value, const ScopeBin& bin) { return value < bin.low; });
    return above == out.begin() ? out.front() : *std::prev(above);
  };
  for (const double score : in_scope) ++bin_of(score).in_scope;
  for (const double score : out_of_scope) ++bin_of(score).out_of_scope;
  return out;
}

}  // namespace tt::evaluation
