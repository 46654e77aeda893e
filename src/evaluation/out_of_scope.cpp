#include "transfer_tune/evaluation/out_of_scope.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>

#include "evaluation/decompositions.hpp"
#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/evaluation/metrics.hpp"

namespace tt::evaluation {
namespace {

constexpr double kLeastShrinkage = 1e-3;
/// Texts of a neighbourhood that are compared with all others before the next: they stay in a near cache.
constexpr std::size_t kBlock = 64;
constexpr std::size_t kLanes = 16;

std::size_t rows_of(std::span<const float> matrix, std::size_t width, const char* what) {
  if (width == 0 || matrix.size() % width != 0) {
    throw InternalError(concat(what, ": ", matrix.size(), " values do not make rows of ", width));
  }
  return matrix.size() / width;
}

/// Each row scaled to length 1; one of zeros stays.
std::vector<float> unit_rows(std::span<const float> matrix, std::size_t width) {
  std::vector<float> out;
  out.reserve(matrix.size());
  for (std::size_t begin = 0; begin < matrix.size(); begin += width) {
    const auto row = matrix.subspan(begin, width);
    double square = 0;
    for (const float value : row) square += static_cast<double>(value) * value;
    const double length = std::max(std::sqrt(square), 1e-12);
    for (const float value : row) out.push_back(static_cast<float>(value / length));
  }
  return out;
}

/// Class means [classes, width] and the texts with their class's mean taken off [n, width].
struct Centred {
  std::vector<double> means;
  std::vector<double> texts;
};

Centred centre(const ReferenceTexts& texts) {
  std::map<std::int32_t, std::size_t> classes;  // label → row of `means`
  for (const std::int32_t label : texts.labels) classes.try_emplace(label, classes.size());
  Centred out;
  out.means.assign(classes.size() * texts.width, 0.0);
  out.texts.assign(texts.features.begin(), texts.features.end());
  std::vector<double> counts(classes.size(), 0.0);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::size_t row = classes.at(texts.labels[i]);
    ++counts[row];
    for (std::size_t j = 0; j < texts.width; ++j) out.means[row * texts.width + j] += out.texts[i * texts.width + j];
  }
  for (std::size_t row = 0; row < counts.size(); ++row) {
    for (std::size_t j = 0; j < texts.width; ++j) out.means[row * texts.width + j] /= counts[row];
  }
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::size_t row = classes.at(texts.labels[i]);
    for (std::size_t j = 0; j < texts.width; ++j) out.texts[i * texts.width + j] -= out.means[row * texts.width + j];
  }
  return out;
}

/// The lower triangle of Σ x xᵀ / n over the rows of `centred`.
std::vector<double> covariance(const std::vector<double>& centred, std::size_t width) {
  std::vector<double> out(width * width, 0.0);
  const std::size_t count = centred.size() / width;
  for (std::size_t i = 0; i < count; ++i) {
    const double* row = centred.data() + i * width;
    for (std::size_t j = 0; j < width; ++j) {
      double* to = out.data() + j * width;
      for (std::size_t k = 0; k <= j; ++k) to[k] += row[j] * row[k];
    }
  }
  for (double& value : out) value /= static_cast<double>(count);
  return out;
}

/// The weight of the identity by Ledoit and Wolf; `scatter` is the lower triangle of the covariance of `centred`.
double ledoit_wolf_weight(const std::vector<double>& centred, const std::vector<double>& scatter, std::size_t width) {
  const std::size_t count = centred.size() / width;
  double fourth = 0;  // Σ |x|⁴
  for (std::size_t i = 0; i < count; ++i) {
    double square = 0;
    for (std::size_t j = 0; j < width; ++j) square += centred[i * width + j] * centred[i * width + j];
    fourth += square * square;
  }
  double trace = 0;
  double squares = 0;  // Σ of the covariance's squared entries
  for (std::size_t j = 0; j < width; ++j) {
    trace += scatter[j * width + j];
    for (std::size_t k = 0; k <= j; ++k) squares += (k < j ? 2 : 1) * scatter[j * width + k] * scatter[j * width + k];
  }
  const auto n = static_cast<double>(count);
  const auto p = static_cast<double>(width);
  const double spread = (squares - trace * trace / p) / p;
  const double noise = std::min((fourth / n - squares) / (p * n), spread);
  return noise <= 0 ? 0 : noise / spread;
}

/// `matrix` times `row`, for a lower triangular matrix stored column by column.
template <class Row>
std::vector<double> whiten(const std::vector<double>& columns, const Row& row) {
  const std::size_t width = row.size();
  std::vector<double> out(width, 0.0);
  for (std::size_t j = 0; j < width; ++j) {
    const double value = row[j];
    const double* column = columns.data() + j * width;
    for (std::size_t i = j; i < width; ++i) out[i] += column[i] * value;
  }
  return out;
}

std::vector<double> transposed(const std::vector<double>& matrix, std::size_t columns) {
  const std::size_t rows = matrix.size() / columns;
  std::vector<double> out(matrix.size());
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < columns; ++j) out[j * rows + i] = matrix[i * columns + j];
  }
  return out;
}

/// In lanes of their own, which a compiler may put into one register without changing the sum.
float dot(const float* a, const float* b, std::size_t width) {
  std::array<float, kLanes> sums{};
  std::size_t i = 0;
  for (; i + kLanes <= width; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) sums[lane] += a[i + lane] * b[i + lane];
  }
  for (std::size_t lane = 0; i < width; ++i, ++lane) sums[lane] += a[i] * b[i];
  return std::accumulate(sums.begin(), sums.end(), 0.0F);
}

/// The largest few of the values it is shown.
class Largest {
 public:
  explicit Largest(std::size_t count) : count_(count) {}
  void show(float value) {
    if (heap_.size() == count_ && value <= heap_.front()) return;
    if (heap_.size() == count_) {
      std::pop_heap(heap_.begin(), heap_.end(), std::greater<>{});
      heap_.pop_back();
    }
    heap_.push_back(value);
    std::push_heap(heap_.begin(), heap_.end(), std::greater<>{});
  }
  [[nodiscard]] double least() const { return heap_.front(); }

 private:
  std::size_t count_;
  std::vector<float> heap_;  // the smallest in front
};

}  // namespace

std::vector<double> max_probability_scores(std::span<const float> logits, std::size_t num_classes, double temperature) {
  const std::vector<double> probabilities = softmax(logits, num_classes, temperature);
  std::vector<double> scores;
  scores.reserve(probabilities.size() / num_classes);
  for (std::size_t begin = 0; begin < probabilities.size(); begin += num_classes) {
    const auto row = std::span(probabilities).subspan(begin, num_classes);
    scores.push_back(*std::max_element(row.begin(), row.end()));
  }
  return scores;
}

std::vector<double> energy_scores(std::span<const float> logits, std::size_t num_classes) {
  std::vector<double> scores(rows_of(logits, num_classes, "energy"));
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const auto row = logits.subspan(i * num_classes, num_classes);
    const double largest = *std::max_element(row.begin(), row.end());
    double sum = 0;
    for (const float logit : row) sum += std::exp(logit - largest);
    scores[i] = largest + std::log(sum);
  }
  return scores;
}

ClassGaussians fit_class_gaussians(const ReferenceTexts& texts) {
  if (texts.size() == 0 || rows_of(texts.features, texts.width, "class means") != texts.size()) {
    throw InternalError(concat("class means: ", texts.features.size(), " values for ", texts.size(), " texts"));
  }
  const std::size_t width = texts.width;
  const Centred centred = centre(texts);
  Matrix whitening(width, width);
  std::vector<double>& matrix = whitening.values;
  matrix = covariance(centred.texts, width);
  const double weight = std::max(ledoit_wolf_weight(centred.texts, matrix, width), kLeastShrinkage);
  double trace = 0;
  for (std::size_t j = 0; j < width; ++j) trace += matrix[j * width + j];
  for (double& value : matrix) value *= 1 - weight;
  for (std::size_t j = 0; j < width; ++j) {
    double& value = matrix[j * width + j];
    value = trace > 0 ? value + weight * trace / static_cast<double>(width) : 1;
  }
  if (!cholesky(whitening)) {
    throw NonFiniteError(
        "Mahalanobis distance: the covariance of the texts' features is not positive definite; "
        "expected finite features");
  }
  invert_lower(whitening);
  ClassGaussians out{width, transposed(matrix, width), {}};
  std::vector<double> means;
  means.reserve(centred.means.size());
  for (std::size_t begin = 0; begin < centred.means.size(); begin += width) {
    const std::vector<double> mean = whiten(out.whitening, std::span(centred.means).subspan(begin, width));
    means.insert(means.end(), mean.begin(), mean.end());
  }
  out.means = transposed(means, width);
  return out;
}

std::vector<double> mahalanobis_scores(const ClassGaussians& classes, std::span<const float> features) {
  std::vector<double> scores(rows_of(features, classes.width, "Mahalanobis distance"));
  const std::size_t count = classes.means.size() / classes.width;
  std::vector<double> squares(count);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const std::vector<double> text = whiten(classes.whitening, features.subspan(i * classes.width, classes.width));
    std::fill(squares.begin(), squares.end(), 0.0);
    for (std::size_t j = 0; j < classes.width; ++j) {
      for (std::size_t c = 0; c < count; ++c) {
        const double difference = text[j] - classes.means[j * count + c];
        squares[c] += difference * difference;
      }
    }
    scores[i] = -*std::min_element(squares.begin(), squares.end());
  }
  return scores;
}

Neighbourhood make_neighbourhood(const ReferenceTexts& texts, std::size_t neighbours) {
  if (texts.size() == 0 || neighbours == 0 || rows_of(texts.features, texts.width, "neighbours") != texts.size()) {
    throw InternalError(concat("neighbours: number ", neighbours, " of ", texts.size(), " texts with ",
                               texts.features.size(), " values"));
  }
  return {texts.width, neighbours, unit_rows(texts.features, texts.width)};
}

std::vector<double> neighbour_scores(const Neighbourhood& texts, std::span<const float> features) {
  const std::size_t width = texts.width;
  const std::size_t size = rows_of(texts.texts, width, "neighbours");
  const std::size_t count = rows_of(features, width, "neighbours");
  const std::vector<float> asked = unit_rows(features, width);
  std::vector<Largest> nearest(count, Largest(std::min(texts.neighbours, size)));
  for (std::size_t begin = 0; begin < size; begin += kBlock) {
    const std::size_t end = std::min(begin + kBlock, size);
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t t = begin; t < end; ++t) {
        nearest[i].show(dot(asked.data() + i * width, texts.texts.data() + t * width, width));
      }
    }
  }
  std::vector<double> scores;
  scores.reserve(count);
  for (const Largest& largest : nearest) scores.push_back(largest.least());
  return scores;
}

}  // namespace tt::evaluation
