#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace tt::checkpoint {

/// Parses JSON text that came from `file`, strictly: duplicate keys and nesting beyond 64 levels are errors.
/// Throws `CheckpointError`.
[[nodiscard]] nlohmann::json parse_json(std::string_view text, const std::filesystem::path& file);

/// As `parse_json`, for text whose top level must be an object.
[[nodiscard]] nlohmann::json parse_json_object(std::string_view text, const std::filesystem::path& file);

/// The object in `file`.
[[nodiscard]] nlohmann::json read_json_object(const std::filesystem::path& file);

/// Writes `value` as Hugging Face's Python does: two-space indent, sorted keys, final newline. Throws `IoError`.
void write_json(const std::filesystem::path& file, const nlohmann::json& value);

}  // namespace tt::checkpoint
