#include "evaluation/symmetric_eigen.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

namespace tt::evaluation {
namespace {

constexpr int kMostSweeps = 60;

/// A symmetric tridiagonal matrix; `below[i]` couples i and i + 1, its last value is room for the algorithm.
struct Tridiagonal {
  std::vector<double> diagonal;
  std::vector<double> below;
};

/// target += factor · source, `count` values of each.
void add_scaled(double* target, const double* source, double factor, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) target[i] += factor * source[i];
}

/// H = I - scale·v·vᵀ with H·x = (norm, 0, …)ᵀ; x becomes v. Returns {scale, norm}; a scale of 0 stands for H = I.
std::pair<double, double> reflection(std::vector<double>& x) {
  double squares = 0;
  for (const double value : x) squares += value * value;
  if (squares == x.front() * x.front()) return {0, x.front()};
  const double norm = x.front() > 0 ? -std::sqrt(squares) : std::sqrt(squares);
  const double scale = 1 / (squares - norm * x.front());
  x.front() -= norm;
  return {scale, norm};
}

/// A → H·A·H of the lower right part of A that starts at `first`.
void reflect_both_sides(Matrix& a, std::size_t first, const std::vector<double>& v, double scale) {
  const std::size_t n = v.size();
  std::vector<double> w(n);
  for (std::size_t i = 0; i < n; ++i) {
    const double* row = a.row(first + i) + first;
    double sum = 0;
    for (std::size_t j = 0; j < n; ++j) sum += row[j] * v[j];
    w[i] = scale * sum;
  }
  double overlap = 0;
  for (std::size_t i = 0; i < n; ++i) overlap += w[i] * v[i];
  add_scaled(w.data(), v.data(), -scale * overlap / 2, n);
  for (std::size_t i = 0; i < n; ++i) {
    double* row = a.row(first + i) + first;
    for (std::size_t j = 0; j < n; ++j) row[j] -= v[i] * w[j] + w[i] * v[j];
  }
}

/// B → H·B of the rows from `first` on.
void reflect_rows(Matrix& b, std::size_t first, const std::vector<double>& v, double scale) {
  std::vector<double> sums(b.columns);
  for (std::size_t i = 0; i < v.size(); ++i) add_scaled(sums.data(), b.row(first + i), v[i], b.columns);
  for (std::size_t i = 0; i < v.size(); ++i) add_scaled(b.row(first + i), sums.data(), -scale * v[i], b.columns);
}

Tridiagonal tridiagonalise(Matrix& a, Matrix& vectors) {
  const std::size_t n = a.rows;
  Tridiagonal out{std::vector<double>(n), std::vector<double>(n)};
  for (std::size_t k = 0; k + 1 < n; ++k) {
    std::vector<double> v(a.row(k) + k + 1, a.row(k) + n);  // the row is the column
    const auto [scale, norm] = reflection(v);
    out.below[k] = norm;
    if (scale == 0) continue;
    reflect_both_sides(a, k + 1, v, scale);
    reflect_rows(vectors, k + 1, v, scale);
  }
  for (std::size_t i = 0; i < n; ++i) out.diagonal[i] = a.row(i)[i];
  return out;
}

/// Where the block that starts at `first` ends: at the first coupling that is nothing beside its neighbours.
std::size_t end_of_block(const Tridiagonal& t, std::size_t first) {
  std::size_t last = first;
  for (; last + 1 < t.diagonal.size(); ++last) {
    const double neighbours = std::abs(t.diagonal[last]) + std::abs(t.diagonal[last + 1]);
    if (std::abs(t.below[last]) <= std::numeric_limits<double>::epsilon() * neighbours) break;
  }
  return last;
}

/// One implicit QL step with Wilkinson's shift on the block first..last.
void ql_step(Tridiagonal& t, Matrix& vectors, std::size_t first, std::size_t last) {
  std::vector<double>& d = t.diagonal;
  std::vector<double>& e = t.below;
  double g = (d[first + 1] - d[first]) / (2 * e[first]);
  double r = std::hypot(g, 1);
  g = d[last] - d[first] + e[first] / (g + std::copysign(r, g));
  double s = 1;
  double c = 1;
  double p = 0;
  for (std::size_t i = last; i-- > first;) {
    double f = s * e[i];
    const double b = c * e[i];
    r = std::hypot(f, g);
    e[i + 1] = r;
    if (r == 0) {  // the block falls apart here
      d[i + 1] -= p;
      e[last] = 0;
      return;
    }
    s = f / r;
    c = g / r;
    g = d[i + 1] - p;
    r = (d[i] - g) * s + 2 * c * b;
    p = s * r;
    d[i + 1] = g + p;
    g = c * r - b;
    double* upper = vectors.row(i);
    double* lower = vectors.row(i + 1);
    for (std::size_t j = 0; j < vectors.columns; ++j) {
      f = lower[j];
      lower[j] = s * upper[j] + c * f;
      upper[j] = c * upper[j] - s * f;
    }
  }
  d[first] -= p;
  e[first] = g;
  e[last] = 0;
}

}  // namespace

std::vector<double> symmetric_eigen(Matrix a, Matrix& vectors) {
  const std::size_t n = a.rows;
  if (a.columns != n || vectors.rows != n) {
    throw InternalError(concat("eigenvalues of ", a.rows, " × ", a.columns, ", projecting ", vectors.rows, " rows"));
  }
  Tridiagonal t = tridiagonalise(a, vectors);
  for (std::size_t first = 0; first < n; ++first) {
    int sweeps = 0;
    for (std::size_t last = end_of_block(t, first); last != first; last = end_of_block(t, first)) {
      if (++sweeps > kMostSweeps) throw NonFiniteError("eigenvalues: no convergence; expected a matrix of numbers");
      ql_step(t, vectors, first, last);
    }
  }
  return std::move(t.diagonal);
}

}  // namespace tt::evaluation
