#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "transfer_tune/evaluation/metrics.hpp"

// Which given labels are probably wrong, from probabilities by models that had not seen the texts they answer.
//
// A label is taken to come from one of three sources: from the text, with the model's probabilities, whose temperature
// is fitted; with a small share from no text, any class alike (a slip); and, where there are texts enough to tell it
// from a hard text, with another small share from a class similar to the text's own. How often each happens follows
// from the labels themselves: temperature and shares are averaged over by their likelihood, so that few texts claim
// little. What is left is the probability of each label that it is wrong.

namespace tt::evaluation {

struct LabelError {
  std::size_t text = 0;                        ///< its row in the scores
  std::int32_t suggestion = 0;                 ///< the most probable class
  double wrong = 0;                            ///< estimated probability that the given label is wrong
  double label_probability = kUndefined;       ///< calibrated
  double suggestion_probability = kUndefined;  ///< calibrated
};

struct LabelErrors {
  std::vector<LabelError> found;  ///< the most probable first, ties in the order of the texts
  double precision = kUndefined;  ///< expected share of those found that are wrong; undefined: none
  /// Share of labels that would be found, by estimate, were one label in twenty changed to any other class at random;
  /// undefined without texts.
  double random_recall = kUndefined;
  /// Whether labels mistaken for a similar class were looked for: not where classes have too few texts.
  bool similar_told = false;
  double temperature = 1;    ///< the likeliest
  double random_share = 0;   ///< the likeliest share of labels that come from no text
  double similar_share = 0;  ///< and of those that come from a similar class
};

/// Texts per class, the median of those that have any, from which labels mistaken for a similar class are looked for.
inline constexpr std::size_t kFewestToTellSimilar = 80;

/// The labels that are wrong with a probability of 0.8 or more each and, all that are found together, of 0.9 or more.
/// Throws `InternalError` when sizes differ or a label is outside 0..num_classes-1.
[[nodiscard]] LabelErrors find_label_errors(const Scores& scores);

}  // namespace tt::evaluation
