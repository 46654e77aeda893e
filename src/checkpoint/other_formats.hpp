#pragma once

#include <filesystem>

// Directories that people take for an encoder's, called what they are.

namespace tt::checkpoint {

/// Throws `CheckpointError` unless `directory` holds a config.json or modules.json: for a name on the hub, a PEFT
/// adapter, a directory that holds the model's, or whatever else it may be.
void require_model_directory(const std::filesystem::path& directory);

/// Throws `CheckpointError` for a directory without weights that are read: names those that it has instead.
[[noreturn]] void fail_without_weights(const std::filesystem::path& directory);

}  // namespace tt::checkpoint
