#pragma once

#include "runs/encoder_loader.hpp"
#include "transfer_tune/core/log.hpp"
#include "transfer_tune/data/dataset.hpp"
#include "transfer_tune/evaluation/metrics.hpp"
#include "transfer_tune/record/run_report.hpp"
#include "transfer_tune/training/encoded_set.hpp"

#include <c10/core/Device.h>

#include <optional>

namespace tt::runs {

/// Where the encoder's directory is that of a classifier which knows labels of `labels` already: what it answers of
/// `texts` with those, before anything is trained. The labels' figures since are still undefined.
[[nodiscard]] std::optional<report::EarlierClassifierReport> measure_earlier(const LoadedEncoder& loaded,
                                                                             const data::LabelMap& labels,
                                                                             const training::EncodedSet& texts,
                                                                             at::Device device,
                                                                             const ProgressCallback& progress);

/// Fills in what the new classifier's `scores` of the same texts say.
void measure_since(report::EarlierClassifierReport& report, const LoadedEncoder& loaded, const data::LabelMap& labels,
                   const evaluation::Scores& scores);

}  // namespace tt::runs
