#pragma once

#include "transfer_tune/core/log.hpp"

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tt::training {

/// By how much the most probable label is above the second: [texts], from `probabilities` [texts, labels] of two labels
/// or more.
[[nodiscard]] at::Tensor margins(const at::Tensor& probabilities);

/// A text to label next.
struct ChosenText {
  std::size_t text = 0;        ///< its row in the pool
  std::size_t stands_for = 0;  ///< texts of the pool in its cluster, itself among them
};

/// Which `count` texts of a pool to label next (all, where it has no more), the most useful first. Pool and labelled
/// texts are put into as many clusters as texts will be labelled; of the clusters with the fewest labelled texts, the
/// heaviest first, each gives the text nearest to its centre. While every text weighs the same, this is TypiClust
/// (Hacohen, Dekel and Weinshall 2022), by nearness to the centre instead of to neighbours; weighed by how unsure a
/// head is (Zhdanov 2019), the clusters are of what it does not know. `pool` and `labelled`, which may have no rows,
/// are what the head sees: [texts, hidden] fp32 on the CPU; `weights` [pool] fp32, 0 or more; undefined: all 1.
[[nodiscard]] std::vector<ChosenText> choose_texts(const at::Tensor& pool, const at::Tensor& labelled,
                                                   const at::Tensor& weights, std::size_t count, std::uint64_t key,
                                                   const ProgressCallback& progress = {});

}  // namespace tt::training
