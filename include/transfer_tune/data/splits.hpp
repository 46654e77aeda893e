#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

// Which examples train and which are held out. Everything works on label ids (one per example, none negative) and
// returns positions in that list, ascending, so that file order is kept. The draws depend on the seed and the label
// alone. Where examples are of several languages (`languages`: an id each, -1 for none; empty: they are not), what is
// held out has these in proportion too, as far as the labels leave a choice.

namespace tt::data {

struct Split {
  std::vector<std::size_t> train;
  std::vector<std::size_t> held_out;
};

/// Holds out `fraction` (0 to below 1) of the examples, each label in proportion: the whole part of its share, and one
/// more for the labels with the largest remainders (ties drawn by lot) until the total is `fraction` of all, rounded.
/// Every label keeps at least one training example, even where that makes the held-out part smaller.
[[nodiscard]] Split stratified_split(std::span<const std::int32_t> labels, double fraction, std::uint64_t seed,
                                     std::span<const std::int32_t> languages = {});

/// Cross-validation: `folds` (at least 2) splits whose held-out parts are disjoint and differ in size by one at most,
/// as do the counts of any one label, and of any one label in one language. A label's only example is never held out;
/// all others are, once. So every label keeps at least one training example in every fold.
[[nodiscard]] std::vector<Split> stratified_folds(std::span<const std::int32_t> labels, std::size_t folds,
                                                  std::uint64_t seed, std::span<const std::int32_t> languages = {});

/// How settings can be chosen on the training data alone.
enum class SelectionMethod {
  split,             ///< on a held-out validation split
  cross_validation,  ///< by cross-validation: a split would be too small to tell settings apart
  defaults,          ///< not at all: the documented defaults stand
};

struct SelectionPlan {
  SelectionMethod method = SelectionMethod::defaults;
  std::size_t folds = 0;    ///< `cross_validation` only
  std::string reason;       ///< a sentence for the report
  bool lone_texts = false;  ///< the defaults stand because labels have no second text to hold out
};

/// A split has to hold out at least 50 examples and as many as there are labels. Failing that, cross-validation in five
/// folds needs two labels, each with two examples. `fraction` 0 asks for neither.
[[nodiscard]] SelectionPlan plan_selection(std::span<const std::int32_t> labels, double fraction);

struct ShotSample {
  std::vector<std::size_t> indices;
  std::vector<std::int32_t> short_labels;  ///< labels with fewer examples than asked for, all of them taken
};

/// `shots` examples of each label drawn at random. With the same seed a smaller sample is part of a larger one.
[[nodiscard]] ShotSample sample_shots(std::span<const std::int32_t> labels, std::size_t shots, std::uint64_t seed);

}  // namespace tt::data
