#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace tt::checkpoint {

/// The label names in config.json's id2label, by id; empty when there is none. Throws `CheckpointError` for ids that
/// are not 0..n-1 and names that are not distinct strings.
[[nodiscard]] std::vector<std::string> read_labels(const nlohmann::json& config, const std::filesystem::path& file);

/// The names that transformers gives to a classifier whose config.json has none.
[[nodiscard]] std::vector<std::string> default_labels(const nlohmann::json& config);

/// The `problem_type` of transformers' configs where each label is a question of its own.
inline constexpr const char* kMultiLabel = "multi_label_classification";
/// Whether config.json says so.
[[nodiscard]] bool states_multi_label(const nlohmann::json& config);

/// Sets id2label and label2id.
void set_labels(nlohmann::json& config, const std::vector<std::string>& labels);

}  // namespace tt::checkpoint
