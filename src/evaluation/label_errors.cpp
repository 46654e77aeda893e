#include "transfer_tune/evaluation/label_errors.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

namespace tt::evaluation {
namespace {

/// Slack on comparisons of probabilities, and the least threshold, as in cleanlab.
constexpr double kSlack = 1e-6;
constexpr double kLeastThreshold = 2e-6;
constexpr double kUnreachable = 2.0;

void check(const Scores& scores) {
  if (scores.probabilities.size() != scores.labels.size() * scores.num_classes) {
    throw InternalError(concat("label errors: ", scores.probabilities.size(), " probabilities for ",
                               scores.labels.size(), " texts and ", scores.num_classes, " classes"));
  }
  for (const std::int32_t label : scores.labels) {
    if (label < 0 || static_cast<std::size_t>(label) >= scores.num_classes) {
      throw InternalError(concat("label errors: label ", label, " is none of ", scores.num_classes, " classes"));
    }
  }
}

std::size_t label_of(const Scores& scores, std::size_t text) { return static_cast<std::size_t>(scores.labels[text]); }

std::vector<std::vector<std::size_t>> texts_by_label(const Scores& scores) {
  std::vector<std::vector<std::size_t>> texts(scores.num_classes);
  for (std::size_t i = 0; i < scores.size(); ++i) texts[label_of(scores, i)].push_back(i);
  return texts;
}

std::size_t largest(std::span<const double> row) {
  return static_cast<std::size_t>(std::max_element(row.begin(), row.end()) - row.begin());
}

/// The class that a text confidently belongs to; `row.size()` where it is none.
std::size_t confident_class(std::span<const double> row, const std::vector<double>& thresholds) {
  std::size_t found = row.size();
  for (std::size_t k = 0; k < row.size(); ++k) {
    if (row[k] < thresholds[k] - kSlack) continue;
    if (found != row.size()) return largest(row);
    found = k;
  }
  return found;
}

/// Rounds to whole numbers with the same rounded sum: what is missing goes to the values that rounding changed most.
std::vector<std::int64_t> rounded(const std::vector<double>& values) {
  std::vector<std::int64_t> whole(values.size());
  std::transform(values.begin(), values.end(), whole.begin(),
                 [](double value) { return static_cast<std::int64_t>(std::nearbyint(value)); });
  const auto wanted = static_cast<std::int64_t>(std::nearbyint(std::accumulate(values.begin(), values.end(), 0.0)));
  std::int64_t missing = wanted - std::accumulate(whole.begin(), whole.end(), std::int64_t{0});
  if (missing == 0) return whole;
  const auto lost = [&](std::size_t i) { return values[i] - static_cast<double>(whole[i]); };
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return lost(a) < lost(b); });
  if (missing > 0) std::reverse(order.begin(), order.end());
  const std::int64_t step = missing > 0 ? 1 : -1;
  // Each value is at most half off, so that one round is enough.
  for (const std::size_t i : order) {
    if (missing == 0) break;
    whole[i] += step;
    missing -= step;
  }
  return whole;
}

/// How many texts labelled `label` are to be found for each other class: the joint's row, reduced evenly where the
/// rounded joint would leave no text with that label.
std::vector<std::size_t> counts_to_find(std::span<const std::int64_t> row, std::size_t label) {
  const std::int64_t lacking = std::max<std::int64_t>(1 - row[label], 0);
  const auto others = std::count_if(row.begin(), row.end(), [](std::int64_t count) { return count != 0; }) - 1;
  const double reduction = static_cast<double>(lacking) / static_cast<double>(std::max<std::ptrdiff_t>(others, 1));
  std::vector<std::size_t> counts(row.size(), 0);
  for (std::size_t k = 0; k < row.size(); ++k) {
    if (k != label) counts[k] = static_cast<std::size_t>(std::max(static_cast<double>(row[k]) - reduction, 0.0));
  }
  return counts;
}

}  // namespace

std::vector<double> confident_thresholds(const Scores& scores) {
  check(scores);
  std::vector<double> sums(scores.num_classes, 0.0);
  std::vector<std::size_t> counts(scores.num_classes, 0);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const std::size_t label = label_of(scores, i);
    sums[label] += scores.row(i)[label];
    ++counts[label];
  }
  for (std::size_t k = 0; k < sums.size(); ++k) {
    sums[k] = counts[k] == 0 ? kUnreachable : std::max(sums[k] / static_cast<double>(counts[k]), kLeastThreshold);
  }
  return sums;
}

std::vector<std::int64_t> confident_joint(const Scores& scores) {
  const std::vector<double> thresholds = confident_thresholds(scores);
  const std::size_t classes = scores.num_classes;
  std::vector<double> joint(classes * classes, 0.0);
  std::vector<double> texts(classes, 0.0);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const std::size_t label = label_of(scores, i);
    texts[label] += 1;
    const std::size_t confident = confident_class(scores.row(i), thresholds);
    if (confident < classes) joint[label * classes + confident] += 1;
  }
  std::vector<std::int64_t> calibrated;
  calibrated.reserve(joint.size());
  std::vector<double> scaled(classes);
  for (std::size_t label = 0; label < classes; ++label) {
    const std::span<double> row = std::span(joint).subspan(label * classes, classes);
    row[label] = std::max(row[label], 1.0);  // every class has a text that is rightly labelled
    const double sum = std::accumulate(row.begin(), row.end(), 0.0);
    std::transform(row.begin(), row.end(), scaled.begin(), [&](double count) { return count / sum * texts[label]; });
    const std::vector<std::int64_t> whole = rounded(scaled);
    calibrated.insert(calibrated.end(), whole.begin(), whole.end());
  }
  return calibrated;
}

std::vector<LabelIssue> find_label_issues(const Scores& scores) {
  const std::vector<std::int64_t> joint = confident_joint(scores);
  const std::size_t classes = scores.num_classes;
  std::vector<bool> found(scores.size(), false);
  const std::vector<std::vector<std::size_t>> by_label = texts_by_label(scores);
  for (std::size_t label = 0; label < classes; ++label) {
    if (by_label[label].size() < 2) continue;
    const std::vector<std::size_t> counts = counts_to_find(std::span(joint).subspan(label * classes, classes), label);
    for (std::size_t other = 0; other < classes; ++other) {
      if (counts[other] == 0) continue;
      std::vector<std::size_t> order = by_label[label];
      const auto margin = [&](std::size_t text) { return scores.row(text)[other] - scores.row(text)[label]; };
      std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return margin(a) > margin(b); });
      order.resize(std::min(order.size(), counts[other]));
      for (const std::size_t text : order) found[text] = true;
    }
  }
  std::vector<LabelIssue> issues;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const std::span<const double> row = scores.row(i);
    const std::size_t best = largest(row);
    const double given = row[label_of(scores, i)];
    if (!found[i] || given + kSlack >= row[best]) continue;
    issues.push_back({i, static_cast<std::int32_t>(best), (1 + row[best] - given) / 2});
  }
  std::stable_sort(issues.begin(), issues.end(),
                   [](const LabelIssue& a, const LabelIssue& b) { return a.score > b.score; });
  return issues;
}

}  // namespace tt::evaluation
