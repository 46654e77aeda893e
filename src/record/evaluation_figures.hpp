#pragma once

#include <cstddef>
#include <cstdint>

#include "transfer_tune/record/evaluation_report.hpp"

namespace tt::report {

/// What a report says alike of one label a text and of several; `right`: texts that are answered so.
template <class Metrics>
EvaluationReport common_figures(const Metrics& metrics, std::size_t right, const EvaluationContext& context) {
  EvaluationReport report;
  report.data_path = context.data_path;
  report.data_sha256 = context.data_sha256;
  report.texts_left_out = context.texts_left_out;
  report.examples = static_cast<std::int64_t>(metrics.count);
  report.unknown_labels = static_cast<std::int64_t>(metrics.unknown_labels);
  report.accuracy = metrics.accuracy;
  report.accuracy_ci95 = evaluation::bootstrap_ci95(right, metrics.count, context.bootstrap_samples, context.seed);
  report.bootstrap_samples = static_cast<std::int64_t>(context.bootstrap_samples);
  report.micro = metrics.micro;
  report.macro = metrics.macro;
  report.weighted = metrics.weighted;
  report.log_loss = metrics.log_loss;
  report.ece = metrics.ece;
  return report;
}

}  // namespace tt::report
