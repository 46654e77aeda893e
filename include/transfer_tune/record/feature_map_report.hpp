#pragma once

#include <cstdint>
#include <vector>

#include "transfer_tune/evaluation/metrics.hpp"

// A map of the features, as plain structs: the block `feature_map` of report.json.

namespace tt::report {

/// Texts in the plane of their features' first two principal components, and how well the features, all their
/// dimensions taken, part the intents.
struct FeaturePlaneReport {
  std::vector<double> x, y;                        ///< one a text, rounded; the largest distance from the middle is 1
  double explained = evaluation::kUndefined;       ///< share of the features' variance in the plane
  double same_neighbour = evaluation::kUndefined;  ///< share of texts whose nearest other text has the same label
};

/// What the head sees of each text, before and after adaptation; the second plane is turned so that texts lie as near
/// as they can to where they lay in the first.
struct FeatureMapReport {
  std::vector<std::int64_t> labels;  ///< one a text: ids; -1: a label that the classifier does not know
  bool trained_on = false;           ///< there is no test file: these are training texts
  FeaturePlaneReport before;
  FeaturePlaneReport after;  ///< as `before` where the encoder stayed as it was
  bool changed = false;      ///< the encoder did
};

}  // namespace tt::report
