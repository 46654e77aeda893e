#include "evaluation/decompositions.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>

namespace tt::evaluation {
namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Eigen::Map<RowMajor> view(Matrix& matrix) {
  return {matrix.values.data(), static_cast<Eigen::Index>(matrix.rows), static_cast<Eigen::Index>(matrix.columns)};
}

}  // namespace

std::vector<double> symmetric_eigen(Matrix a, Matrix& vectors) {
  if (a.rows != a.columns || vectors.rows != a.rows) {
    throw InternalError(concat("eigenvalues of ", a.rows, " × ", a.columns, ", projecting ", vectors.rows, " rows"));
  }
  const Eigen::Map<RowMajor> matrix = view(a);
  if (!matrix.allFinite()) throw NonFiniteError("eigenvalues: found a value that is no number");
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(matrix);
  if (solver.info() != Eigen::Success) throw NonFiniteError("eigenvalues: no convergence");
  view(vectors) = (solver.eigenvectors().transpose() * view(vectors)).eval();
  return {solver.eigenvalues().begin(), solver.eigenvalues().end()};
}

bool cholesky(Matrix& a) {
  const Eigen::LLT<RowMajor> factor(view(a));
  if (factor.info() != Eigen::Success) return false;
  view(a) = factor.matrixL();
  return true;
}

void invert_lower(Matrix& lower) {
  const auto size = static_cast<Eigen::Index>(lower.rows);
  view(lower) = view(lower).triangularView<Eigen::Lower>().solve(RowMajor::Identity(size, size)).eval();
}

}  // namespace tt::evaluation
