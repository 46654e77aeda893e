#include "transfer_tune/evaluation/transferability.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <string_view>
#include <utility>

#include "evaluation/decompositions.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

namespace tt::evaluation {
namespace {

constexpr double kWidestRatio = 1e6;      ///< of LogME's search, either way of the mean eigenvalue
constexpr double kSmallestShare = 1e-10;  ///< of the largest eigenvalue: what fp32 features cannot tell from 0

void check_labels(std::span<const std::int32_t> labels, std::size_t texts, std::size_t classes, std::string_view what) {
  const bool known = std::all_of(labels.begin(), labels.end(), [&](std::int32_t label) {
    return label >= 0 && static_cast<std::size_t>(label) < classes;
  });
  if (labels.size() != texts || !known) {
    throw InternalError(concat(what, ": ", labels.size(), " labels, expected ", texts, " of ", classes, " classes"));
  }
}

std::vector<double> counts_of(std::span<const std::int32_t> labels, std::size_t classes) {
  std::vector<double> counts(classes, 0.0);
  for (const std::int32_t label : labels) counts[static_cast<std::size_t>(label)] += 1;
  return counts;
}

/// The sum of the features of each label's texts: [classes, dimensions].
Matrix sums_by_label(const Features& features, std::span<const std::int32_t> labels, std::size_t classes) {
  Matrix sums(classes, features.dimensions);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    double* sum = sums.row(static_cast<std::size_t>(labels[i]));
    const auto row = features.row(i);
    for (std::size_t j = 0; j < row.size(); ++j) sum[j] += static_cast<double>(row[j]);
  }
  return sums;
}

/// FᵀF: [dimensions, dimensions].
Matrix gram_of_columns(const Features& features) {
  const std::size_t d = features.dimensions;
  Matrix gram(d, d);
  std::vector<double> row(d);
  for (std::size_t i = 0; i < features.texts(); ++i) {
    const auto values = features.row(i);
    std::copy(values.begin(), values.end(), row.begin());
    for (std::size_t a = 0; a < d; ++a) {
      double* to = gram.row(a);
      const double factor = row[a];
      for (std::size_t b = a; b < d; ++b) to[b] += factor * row[b];
    }
  }
  for (std::size_t a = 0; a < d; ++a) {
    for (std::size_t b = 0; b < a; ++b) gram.row(a)[b] = gram.row(b)[a];
  }
  return gram;
}

/// FFᵀ: [texts, texts].
Matrix gram_of_rows(const Features& features) {
  const std::size_t n = features.texts();
  Matrix gram(n, n);
  for (std::size_t a = 0; a < n; ++a) {
    for (std::size_t b = 0; b <= a; ++b) {
      const auto one = features.row(a);
      const auto other = features.row(b);
      double sum = 0;
      for (std::size_t j = 0; j < one.size(); ++j) sum += static_cast<double>(one[j]) * static_cast<double>(other[j]);
      gram.row(a)[b] = sum;
      gram.row(b)[a] = sum;
    }
  }
  return gram;
}

/// A label's indicator y seen along the left singular vectors of the features.
struct Projected {
  std::span<const double> eigenvalues;  ///< of FFᵀ, those that are not 0
  std::vector<double> squares;          ///< of y's components along them
  double rest = 0;                      ///< ‖y‖² that no feature explains
  double texts = 0;
};

/// Log evidence a text of y ~ N(0, s·(FFᵀ + ratio·I)) at the scale s that maximises it.
double evidence(const Projected& y, double ratio) {
  double misfit = y.rest / ratio;
  double log_determinant = (y.texts - static_cast<double>(y.eigenvalues.size())) * std::log(ratio);
  for (std::size_t j = 0; j < y.squares.size(); ++j) {
    misfit += y.squares[j] / (y.eigenvalues[j] + ratio);
    log_determinant += std::log(y.eigenvalues[j] + ratio);
  }
  return -0.5 * (std::log(2 * std::numbers::pi) + 1 + std::log(misfit / y.texts) + log_determinant / y.texts);
}

/// The largest value of `f` between `low` and `high`: the best of a grid, then golden-section search around it.
template <class Function>
double maximum(const Function& f, double low, double high) {
  constexpr int kSteps = 48;
  constexpr int kRefinements = 40;
  const double step = (high - low) / kSteps;
  double best = low;
  for (int i = 1; i <= kSteps; ++i) {
    if (f(low + i * step) > f(best)) best = low + i * step;
  }
  double left = std::max(low, best - step);
  double right = std::min(high, best + step);
  constexpr double kGolden = 1 / std::numbers::phi;
  for (int i = 0; i < kRefinements; ++i) {
    const double a = right - kGolden * (right - left);
    const double b = left + kGolden * (right - left);
    (f(a) > f(b) ? right : left) = f(a) > f(b) ? b : a;
  }
  return std::max(f(best), f((left + right) / 2));
}

/// `projections` [eigenvalues, classes] are the labels' indicators along singular vectors, those of the zero ones too.
double mean_evidence(const std::vector<double>& eigenvalues, const Matrix& projections,
                     const std::vector<double>& counts, double texts) {
  const double largest = *std::max_element(eigenvalues.begin(), eigenvalues.end());
  std::vector<std::size_t> kept;
  std::vector<double> kept_values;
  for (std::size_t j = 0; j < eigenvalues.size(); ++j) {
    if (eigenvalues[j] <= kSmallestShare * largest) continue;
    kept.push_back(j);
    kept_values.push_back(eigenvalues[j]);
  }
  if (kept.empty()) return kUndefined;
  const double mean =
      std::accumulate(kept_values.begin(), kept_values.end(), 0.0) / static_cast<double>(kept_values.size());
  double sum = 0;
  double classes = 0;
  for (std::size_t c = 0; c < counts.size(); ++c) {
    if (counts[c] == 0) continue;
    Projected y{.eigenvalues = kept_values, .squares = {}, .rest = counts[c], .texts = texts};
    y.squares.reserve(kept.size());
    for (const std::size_t j : kept) {
      const double part = projections.row(j)[c];
      y.squares.push_back(part * part);
      y.rest -= part * part;
    }
    y.rest = std::max(y.rest, 0.0);
    sum += maximum([&](double log_ratio) { return evidence(y, std::exp(log_ratio)); }, std::log(mean / kWidestRatio),
                   std::log(mean * kWidestRatio));
    ++classes;
  }
  return sum / classes;
}

double logme(const Features& features, std::span<const std::int32_t> labels, const Matrix& sums, const Matrix& gram,
             const std::vector<double>& counts) {
  const std::size_t n = features.texts();
  const std::size_t d = features.dimensions;
  const auto texts = static_cast<double>(n);
  if (n < d) {
    Matrix indicators(n, counts.size());
    for (std::size_t i = 0; i < n; ++i) indicators.row(i)[static_cast<std::size_t>(labels[i])] = 1;
    const std::vector<double> eigenvalues = symmetric_eigen(gram_of_rows(features), indicators);
    return mean_evidence(eigenvalues, indicators, counts, texts);
  }
  // Along the left singular vector uⱼ = F·vⱼ/√λⱼ, an indicator is vⱼᵀ·(the sum of its texts' features)/√λⱼ.
  Matrix projections(d, counts.size());
  for (std::size_t c = 0; c < counts.size(); ++c) {
    for (std::size_t j = 0; j < d; ++j) projections.row(j)[c] = sums.row(c)[j];
  }
  const std::vector<double> eigenvalues = symmetric_eigen(gram, projections);
  for (std::size_t j = 0; j < d; ++j) {
    const double length = std::sqrt(std::max(eigenvalues[j], 0.0));
    for (std::size_t c = 0; c < counts.size() && length > 0; ++c) projections.row(j)[c] /= length;
  }
  return mean_evidence(eigenvalues, projections, counts, texts);
}

/// xᵀ·A⁻¹·x from A's factor.
double quadratic_form(const Matrix& factor, std::vector<double> x) {
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double* row = factor.row(i);
    for (std::size_t k = 0; k < i; ++k) x[i] -= row[k] * x[k];
    x[i] /= row[i];
    sum += x[i] * x[i];
  }
  return sum;
}

/// Ledoit and Wolf's shrinkage intensity ("A well-conditioned estimator for large-dimensional covariance matrices",
/// Journal of Multivariate Analysis 88, 2004), as scikit-learn: of the covariance towards its mean variance.
double ledoit_wolf_intensity(const Features& features, const std::vector<double>& mean, const Matrix& covariance,
                             double mean_variance) {
  double fourth = 0;
  for (std::size_t i = 0; i < features.texts(); ++i) {
    double squares = 0;
    for (std::size_t j = 0; j < mean.size(); ++j) {
      const double centred = static_cast<double>(features.row(i)[j]) - mean[j];
      squares += centred * centred;
    }
    fourth += squares * squares;
  }
  const auto n = static_cast<double>(features.texts());
  const auto d = static_cast<double>(mean.size());
  double squared_norm = 0;
  for (const double value : covariance.values) squared_norm += value * value;
  const double distance = squared_norm - d * mean_variance * mean_variance;
  const double noise = std::min((fourth / n - squared_norm) / n, distance);
  return noise <= 0 ? 0 : noise / distance;
}

double h_score(const Features& features, const Matrix& sums, const Matrix& gram, const std::vector<double>& counts) {
  const std::size_t d = features.dimensions;
  const auto n = static_cast<double>(features.texts());
  std::vector<double> mean(d, 0.0);
  for (std::size_t c = 0; c < counts.size(); ++c) {
    for (std::size_t j = 0; j < d; ++j) mean[j] += sums.row(c)[j] / n;
  }
  Matrix covariance(d, d);
  double mean_variance = 0;
  for (std::size_t a = 0; a < d; ++a) {
    for (std::size_t b = 0; b < d; ++b) covariance.row(a)[b] = gram.row(a)[b] / n - mean[a] * mean[b];
    mean_variance += covariance.row(a)[a] / static_cast<double>(d);
  }
  const double intensity = ledoit_wolf_intensity(features, mean, covariance, mean_variance);
  for (double& value : covariance.values) value *= 1 - intensity;
  for (std::size_t a = 0; a < d; ++a) covariance.row(a)[a] += intensity * mean_variance;
  if (!cholesky(covariance)) return kUndefined;
  double score = 0;
  for (std::size_t c = 0; c < counts.size(); ++c) {
    if (counts[c] == 0) continue;
    std::vector<double> centred(d);
    for (std::size_t j = 0; j < d; ++j) centred[j] = sums.row(c)[j] / counts[c] - mean[j];
    score += counts[c] / n * quadratic_form(covariance, std::move(centred));
  }
  return (1 - intensity) * score;
}

/// Sums of features scaled to length 1 by label; rows of labels without texts stay 0.
Matrix directions_by_label(const Features& features, std::span<const std::int32_t> labels, std::size_t classes) {
  Matrix rows = sums_by_label(features, labels, classes);
  for (std::size_t c = 0; c < classes; ++c) {
    double* row = rows.row(c);
    const double length = std::sqrt(std::inner_product(row, row + rows.columns, row, 0.0));
    for (std::size_t j = 0; j < rows.columns && length > 0; ++j) row[j] /= length;
  }
  return rows;
}

}  // namespace

LabelFit label_fit(const Features& features, std::span<const std::int32_t> labels, std::size_t num_classes) {
  check_labels(labels, features.texts(), num_classes, "transferability");
  const std::vector<double> counts = counts_of(labels, num_classes);
  if (std::count_if(counts.begin(), counts.end(), [](double count) { return count > 0; }) < 2) return {};
  const Matrix sums = sums_by_label(features, labels, num_classes);
  const Matrix gram = gram_of_columns(features);
  return {.logme = logme(features, labels, sums, gram, counts), .h_score = h_score(features, sums, gram, counts)};
}

double leep(std::span<const double> source_probabilities, std::size_t source_classes,
            std::span<const std::int32_t> labels, std::size_t num_classes) {
  check_labels(labels, source_classes == 0 ? 0 : source_probabilities.size() / source_classes, num_classes, "LEEP");
  if (labels.empty()) return kUndefined;
  Matrix joint(num_classes, source_classes);
  std::vector<double> marginal(source_classes, 0.0);
  const auto row_of = [&](std::size_t i) { return source_probabilities.subspan(i * source_classes, source_classes); };
  for (std::size_t i = 0; i < labels.size(); ++i) {
    double* sums = joint.row(static_cast<std::size_t>(labels[i]));
    const auto row = row_of(i);
    for (std::size_t z = 0; z < source_classes; ++z) {
      sums[z] += row[z];
      marginal[z] += row[z];
    }
  }
  double sum = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const double* of_label = joint.row(static_cast<std::size_t>(labels[i]));
    double likelihood = 0;
    for (std::size_t z = 0; z < source_classes; ++z) {
      if (marginal[z] > 0) likelihood += of_label[z] / marginal[z] * row_of(i)[z];
    }
    sum += std::log(likelihood);
  }
  return sum / static_cast<double>(labels.size());
}

double proxy_a_distance(double error) { return std::max(0.0, 2 * (1 - 2 * error)); }

std::vector<std::vector<NearLabel>> nearest_labels(const Features& target, std::span<const std::int32_t> target_labels,
                                                   std::size_t target_classes, const Features& source,
                                                   std::span<const std::int32_t> source_labels,
                                                   std::size_t source_classes, std::size_t count) {
  check_labels(target_labels, target.texts(), target_classes, "nearest labels");
  check_labels(source_labels, source.texts(), source_classes, "nearest labels");
  if (target.dimensions != source.dimensions) throw InternalError("nearest labels: features of other widths");
  const Matrix from = directions_by_label(target, target_labels, target_classes);
  const Matrix to = directions_by_label(source, source_labels, source_classes);
  const std::vector<double> target_counts = counts_of(target_labels, target_classes);
  const std::vector<double> source_counts = counts_of(source_labels, source_classes);
  std::vector<std::vector<NearLabel>> out(target_classes);
  for (std::size_t c = 0; c < target_classes; ++c) {
    if (target_counts[c] == 0) continue;
    std::vector<NearLabel>& near = out[c];
    near.reserve(source_classes);
    for (std::size_t s = 0; s < source_classes; ++s) {
      if (source_counts[s] == 0) continue;
      near.push_back({s, std::inner_product(from.row(c), from.row(c) + from.columns, to.row(s), 0.0)});
    }
    std::stable_sort(near.begin(), near.end(),
                     [](const NearLabel& one, const NearLabel& other) { return one.cosine > other.cosine; });
    if (near.size() > count) near.resize(count);
  }
  return out;
}

}  // namespace tt::evaluation
