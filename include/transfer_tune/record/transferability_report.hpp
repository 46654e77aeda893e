#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "transfer_tune/evaluation/metrics.hpp"

// How near a source domain lies to the target, as plain structs: a block of a run's source report. Everything is
// computed before the target trains, on (a sample of) the target's and the source's training texts.

namespace tt::report {

/// A source label beside a target label.
struct NearLabelReport {
  std::string label;                       ///< of the source
  double cosine = evaluation::kUndefined;  ///< of the two labels' mean features
};

/// A target label with the source labels nearest to it, the nearest first.
struct LabelNeighboursReport {
  std::string label;  ///< of the target
  std::vector<NearLabelReport> nearest;
};

struct TransferabilityReport {
  std::int64_t target_texts = 0;  ///< that the scores rest on
  std::int64_t source_texts = 0;  ///< 0: a source checkpoint was given without its texts
  /// How well frozen features of the encoder explain the target's labels, of the encoder as the target would start
  /// without the source, and with all of it.
  double logme_without = evaluation::kUndefined;  ///< log evidence a text, mean over labels; higher is better
  double logme_with = evaluation::kUndefined;
  double h_score_without = evaluation::kUndefined;  ///< from 0 to labels - 1; higher is better
  double h_score_with = evaluation::kUndefined;
  double leep = evaluation::kUndefined;          ///< mean log-likelihood, at most 0; undefined: the source has no head
  double domain_error = evaluation::kUndefined;  ///< of a linear classifier that tells the domains apart, 0 to 0.5
  double proxy_a_distance = evaluation::kUndefined;   ///< 2·(1 - 2·domain_error): 0 alike, 2 nothing in common
  std::vector<LabelNeighboursReport> nearest_labels;  ///< in the order of the target's label ids; empty: no texts
};

}  // namespace tt::report
