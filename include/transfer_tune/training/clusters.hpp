#pragma once

#include "transfer_tune/core/log.hpp"

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tt::training {

struct Clusters {
  std::vector<std::vector<std::size_t>> members;  ///< of each cluster its rows, ascending; a few may have none
  at::Tensor centres;                             ///< [clusters, columns], the weighted means of their rows
  double inertia = 0;                             ///< Σ wᵢ·‖xᵢ - centre‖²
};

/// The rows of `points` [rows, columns] (fp32, CPU) in `count` clusters by k-means: centres seeded by k-means++ (Arthur
/// and Vassilvitskii 2007), drawn by `key`, then Lloyd's steps until no row changes its cluster, twenty at most.
/// `weights` [rows] says what each row counts for, 0 or more; undefined: 1 each. `count` is from 1 to the rows.
[[nodiscard]] Clusters k_means(const at::Tensor& points, const at::Tensor& weights, std::size_t count,
                               std::uint64_t key, const ProgressCallback& progress = {});

}  // namespace tt::training
