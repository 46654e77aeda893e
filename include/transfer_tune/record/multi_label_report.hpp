#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "transfer_tune/evaluation/bootstrap.hpp"
#include "transfer_tune/evaluation/metrics.hpp"
#include "transfer_tune/record/decision_report.hpp"

// What is said where a text may have several labels, beside the figures that one label a text has too.

namespace tt::report {

struct LabelRankingReport {
  std::string label;
  double threshold = evaluation::kUndefined;  ///< the label is given where its probability is at least this
  double average_precision = evaluation::kUndefined;
};

/// A part of `EvaluationReport`, whose accuracy is then the share of texts that are given exactly their labels.
struct MultiLabelReport {
  evaluation::Interval micro_f1_ci95;
  evaluation::Interval macro_f1_ci95;
  double mean_average_precision = evaluation::kUndefined;
  double hamming_loss = evaluation::kUndefined;
  double labels_per_text = evaluation::kUndefined;  ///< those that texts have
  double given_per_text = evaluation::kUndefined;   ///< those that they are given
  std::vector<LabelRankingReport> per_label;        ///< in the order of label ids
};

struct LabelThresholdReport {
  std::string label;
  double threshold = 0.5;
  std::int64_t texts = 0;  ///< held-out texts that have the label
};

/// From which probability on a label is given.
struct ThresholdsReport {
  double shared = 0.5;  ///< best for all labels together
  HeldOutSource chosen_on = HeldOutSource::none;
  std::int64_t texts = 0;     ///< held out
  bool before_refit = false;  ///< chosen with the model before it was trained again on all texts
  std::string reason;         ///< a sentence
  std::vector<LabelThresholdReport> labels;
};

}  // namespace tt::report
