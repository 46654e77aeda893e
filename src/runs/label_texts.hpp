#pragma once

#include "runs/stage_data.hpp"
#include "transfer_tune/config/run_config.hpp"
#include "transfer_tune/data/dataset.hpp"

#include <string>
#include <string_view>

namespace tt::runs {

/// "card_arrival", "cardArrival" → "card arrival"
[[nodiscard]] std::string readable_label(std::string_view label);

/// The descriptions' file alone, to learn from where no text is labelled. Throws as `read_label_texts`.
[[nodiscard]] data::Dataset read_descriptions(const config::DataConfig& config, bool quote);

/// What `config` says that the labels mean, each text with its label: the descriptions' file, and the readable name of
/// each label that it leaves out. Throws `DataError` that names what is wrong with the file: no JSON object of texts, a
/// label that `labels` lacks, an empty text.
[[nodiscard]] data::Dataset read_label_texts(const config::DataConfig& config, const data::LabelMap& labels,
                                             bool quote);

}  // namespace tt::runs
