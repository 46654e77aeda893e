#pragma once

#include <cstddef>
#include <vector>

namespace tt::evaluation {

/// A dense matrix, row-major.
struct Matrix {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<double> values;

  Matrix(std::size_t rows_, std::size_t columns_) : rows(rows_), columns(columns_), values(rows_ * columns_) {}
  [[nodiscard]] double* row(std::size_t i) { return values.data() + i * columns; }
  [[nodiscard]] const double* row(std::size_t i) const { return values.data() + i * columns; }
};

/// The eigenvalues of the symmetric matrix A = QΛQᵀ, in no particular order; turns `vectors` [n, m] into Qᵀ·vectors,
/// row i belonging to eigenvalue i. Throws `InternalError` when sizes do not fit, `NonFiniteError` for values that are
/// no numbers.
[[nodiscard]] std::vector<double> symmetric_eigen(Matrix a, Matrix& vectors);

/// L with A = L·Lᵀ in the place of the symmetric matrix A, zeros above its diagonal. Returns false when A is not
/// positive definite.
[[nodiscard]] bool cholesky(Matrix& a);

/// L⁻¹ in the place of the lower triangular matrix L.
void invert_lower(Matrix& lower);

}  // namespace tt::evaluation
