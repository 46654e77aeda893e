#pragma once

#include "transfer_tune/checkpoint/safetensors.hpp"

#include <filesystem>

namespace tt::checkpoint {

/// Reads a state dict that torch.save wrote, in its zip format or the one before PyTorch 1.6, as `read_safetensors`
/// reads its files. Nothing of it is run: see `Pickle`. Throws `CheckpointError` for every malformed or unusual file.
[[nodiscard]] NamedTensors read_torch_file(const std::filesystem::path& path);

}  // namespace tt::checkpoint
