#pragma once

#include "runs/stage_data.hpp"
#include "transfer_tune/config/run_config.hpp"
#include "transfer_tune/data/dataset.hpp"
#include "transfer_tune/record/language_report.hpp"

#include <cstdint>
#include <string>
#include <vector>

// The languages of a stage's texts, where a column says them.

namespace tt::runs {

/// Leaves in `stage.train_texts` those of the config's languages; the others become its test texts where there is no
/// test file. Returns how many those are. Throws `DataError` that names each language which the file has not.
[[nodiscard]] std::int64_t keep_languages(StageData& stage, const config::DataConfig& config);

/// Those of the stage's labelled texts, sorted.
[[nodiscard]] std::vector<std::string> language_names(const StageData& stage);

/// Of each text, by its place in `names`; -1 for another. Empty where there are no names.
[[nodiscard]] std::vector<std::int32_t> language_ids(const data::Dataset& dataset,
                                                     const std::vector<std::string>& names);

/// Of each text, as the column says it; empty: no column does.
[[nodiscard]] std::vector<std::string> languages_of(const data::Dataset& dataset);

/// Counts the texts by language and warns of what looks wrong with the column; nothing without one. `pool` may be null.
/// `left_out`: as `keep_languages` found.
void describe_languages(StageData& stage, const config::DataConfig& config, const data::Dataset* pool,
                        std::int64_t left_out);

/// As figures of the stage's texts need it.
[[nodiscard]] report::LanguageContext language_context(const report::DataReport& data);

}  // namespace tt::runs
