#pragma once

#include "transfer_tune/data/splits.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

// Which examples train and which are held out where each may have several labels, or none: as data/splits.hpp has it
// for one label an example. Texts that hold a label's only example are never held out.

namespace tt::data {

/// The label ids of one example, each once; may be empty.
using LabelSet = std::vector<std::int32_t>;

/// Holds out about `fraction` (0 to below 1) of the examples by iterative stratification (Sechidis, Tsoumakas and
/// Vlahavas, "On the Stratification of Multi-Label Data", ECML PKDD 2011): the rarest label's examples are dealt first,
/// each to the part that lacks most of that label. Ties are drawn by seed.
[[nodiscard]] Split stratified_split(std::span<const LabelSet> labels, double fraction, std::uint64_t seed);

/// `folds` (at least 2) splits by the same rule, whose held-out parts are disjoint.
[[nodiscard]] std::vector<Split> stratified_folds(std::span<const LabelSet> labels, std::size_t folds,
                                                  std::uint64_t seed);

/// Positions of the examples that `stratified_folds` holds out, whatever the seed.
[[nodiscard]] std::vector<std::size_t> divisible_examples(std::span<const LabelSet> labels);

/// As for one label an example: a split of 50 examples and as many as there are labels, else five folds.
[[nodiscard]] SelectionPlan plan_selection(std::span<const LabelSet> labels, double fraction);

/// In a drawn order, every example that is among the first `shots` of one of its labels; those without any label count
/// as a label of their own, which is never short. With the same seed a smaller sample is part of a larger one.
[[nodiscard]] ShotSample sample_shots(std::span<const LabelSet> labels, std::size_t shots, std::uint64_t seed);

}  // namespace tt::data
