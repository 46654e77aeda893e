#pragma once

#include "transfer_tune/config/run_config.hpp"
#include "transfer_tune/data/dataset.hpp"

#include <cstddef>
#include <vector>

// What differs where texts may have several labels.

namespace tt::runs {

/// Throws the `UsageError` for settings that mean nothing for sets of labels, or that are not built for them.
void check_multi_label(const config::RunConfig& config);

/// Of each text of `dataset`, how many of its labels `labels` lacks.
[[nodiscard]] std::vector<std::size_t> unknown_labels(const data::Dataset& dataset, const data::LabelMap& labels);

}  // namespace tt::runs
