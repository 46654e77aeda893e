#include "transfer_tune/training/rows.hpp"

#include <ATen/ATen.h>

#include <algorithm>

namespace tt::training {

at::Tensor index_tensor(const std::vector<std::size_t>& indices) {
  at::Tensor out = at::empty({static_cast<std::int64_t>(indices.size())}, at::kLong);
  std::copy(indices.begin(), indices.end(), out.mutable_data_ptr<std::int64_t>());
  return out;
}

at::Tensor rows_at(const at::Tensor& rows, const std::vector<std::size_t>& indices) {
  std::size_t next = 0;
  const bool all = static_cast<std::int64_t>(indices.size()) == rows.size(0) &&
                   std::ranges::all_of(indices, [&](std::size_t i) { return i == next++; });
  return all ? rows : rows.index_select(0, index_tensor(indices));
}

at::Tensor unit_rows(const at::Tensor& rows) { return rows / rows.norm(2, {1}, true).clamp_min(1e-12); }

at::Tensor nearest_rows(const at::Tensor& rows, const at::Tensor& others) {
  return at::matmul(unit_rows(rows), unit_rows(others).t()).argmax(1);
}

at::Tensor one_hot(const std::vector<std::int32_t>& labels, std::int64_t num_labels) {
  return at::one_hot(at::tensor(labels, at::kLong), num_labels).to(at::kFloat);
}

}  // namespace tt::training
